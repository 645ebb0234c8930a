import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Output, Publisher } from '@attio-stream/stream'
import { Coalescer } from './coalescer.ts'

const tombstone = (key: string): Output => ({ topic: 'attio.notices', key, value: null })
function recorder(answer: (batch: readonly string[]) => Promise<void> = async () => {}) {
  const batches: string[][] = []
  const publisher: Publisher = {
    publish: (outputs) => {
      const keys = outputs.map((output) => output.key)
      batches.push(keys)
      return answer(keys)
    },
  }
  return { batches, publisher }
}

test('what comes within the linger goes together', async () => {
  const { batches, publisher } = recorder()
  const coalescer = new Coalescer(publisher, { lingerMs: 5, timeoutMs: 1000 })
  await Promise.all(['a', 'b', 'c'].map((key) => coalescer.send([tombstone(key)])))
  assert.deepEqual(batches, [['a', 'b', 'c']])
})

test('a failed batch fails its callers and nobody else', async () => {
  const { publisher } = recorder(async (keys) => {
    if (keys.includes('bad')) throw new Error('refused')
  })
  const coalescer = new Coalescer(publisher, { lingerMs: 1, timeoutMs: 1000, batch: 1 })
  const results = await Promise.allSettled(['good', 'bad', 'fine'].map((key) => coalescer.send([tombstone(key)])))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('a full backlog refuses at once', async () => {
  const { publisher } = recorder(() => new Promise(() => {}))
  const coalescer = new Coalescer(publisher, { lingerMs: 1, timeoutMs: 30, inFlight: 1, backlog: 2, batch: 1 })
  const first = coalescer.send([tombstone('a')])
  const waiting = [coalescer.send([tombstone('b')]), coalescer.send([tombstone('c')])]
  await assert.rejects(coalescer.send([tombstone('d')]), { name: 'LogUnavailable' })
  for (const one of [first, ...waiting]) await assert.rejects(one, { name: 'LogUnavailable' })
})

test('closing sends what waits', async () => {
  const { batches, publisher } = recorder()
  const coalescer = new Coalescer(publisher, { lingerMs: 60_000, timeoutMs: 60_000 })
  const sent = coalescer.send([tombstone('a')])
  await coalescer.close()
  await sent
  assert.deepEqual(batches, [['a']])
})
