import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredMessage } from '@attio-stream/stream'
import { type Batch, LIMITS, takeBatch } from './batch.ts'
import { bytesOf, Lane } from './lane.ts'

const message = (partition: number, offset: number, size: number): StoredMessage => {
  const common = { topic: 'crm.artifacts', partition, offset, key: `k${offset}`, headers: {}, timestamp: 0 }
  return { ...common, value: Buffer.alloc(size) }
}
function lane(partition: number, sizes: readonly number[], now = 0): Lane {
  const made = new Lane(partition)
  made.push(
    sizes.map((size, offset) => message(partition, offset, size)),
    now,
  )
  return made
}
const counts = (batch: Batch | number | undefined) =>
  typeof batch === 'object' ? batch.map(({ messages }) => messages.length) : batch

test('a batch has at most so many documents', () => {
  const lanes = [lane(0, [1, 1, 1]), lane(1, [1, 1, 1])]
  const limits = { ...LIMITS, documents: 4, lingerMs: 0 }
  assert.deepEqual(counts(takeBatch(lanes, limits, 0)), [3, 1])
})

test('a batch has at most so many bytes, and one larger message goes alone', () => {
  const [size = 0] = [1000].map((one) => bytesOf(message(0, 0, one)))
  const limits = { ...LIMITS, bytes: 2 * size, lingerMs: 0 }
  const waiting = lane(0, [1000, 1000, 1000, 50_000, 1000])
  const taken = Array.from({ length: 4 }, () => counts(takeBatch([waiting], limits, 0)))
  assert.deepEqual(taken, [[2], [1], [1], [1]])
})

test('what is neither many nor large waits for company, so long and no longer', () => {
  const limits = { ...LIMITS, documents: 10, lingerMs: 50 }
  const waiting = lane(0, [1], 1000)
  assert.equal(takeBatch([waiting], limits, 1010), 40)
  assert.deepEqual(counts(takeBatch([waiting], limits, 1050)), [1])
  assert.equal(takeBatch([waiting], limits, 1050), undefined)
})

test('the partition that waited longest goes first, and none is in two calls', () => {
  const [late, early] = [lane(0, [1, 1], 10), lane(1, [1, 1], 5)]
  early.inHand = undefined
  const limits = { ...LIMITS, documents: 2, lingerMs: 0 }
  const first = takeBatch([late, early], limits, 20) as Batch
  assert.equal(first[0]?.lane, early)
  late.inHand = Promise.resolve()
  assert.equal(takeBatch([late], limits, 20), undefined)
})
