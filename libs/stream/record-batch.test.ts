import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc32c } from './crc32c.ts'
import { decodeBatches, encodeBatch } from './record-batch.ts'

const producer = { producerId: '7', producerEpoch: 1, transactional: false }
const transactional = { ...producer, transactional: true }
const where = { topic: 't', partition: 3 }
const content = (key: string) => ({ key, value: Buffer.from(key) })

function at(base: number, batch: Buffer): Buffer {
  const copy = Buffer.from(batch)
  copy.writeBigInt64BE(BigInt(base), 0)
  return copy
}
/** As the broker writes the end of a transaction. */
function marker(base: number): Buffer {
  const batch = at(base, encodeBatch([content('marker')], { producer: transactional, sequence: 0, timestamp: 1 }))
  batch.writeInt16BE(0x30, 21)
  return batch
}

test('the checksum is CRC-32C', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(crc32c(Buffer.from('x123456789y'), 1, 10), 0xe3069283)
})

test('what is written is read', () => {
  const message = fc.record({
    key: fc.string({ unit: 'binary', maxLength: 300 }),
    value: fc.option(fc.uint8Array({ maxLength: 20_000 }).map((bytes) => Buffer.from(bytes))),
    headers: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), { noNullPrototype: true }),
  })
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), fc.nat(2 ** 40), (messages, base) => {
      const records = at(base, encodeBatch(messages, { producer, sequence: 5, timestamp: 1_800_000_000_000 }))
      const { messages: read, next } = decodeBatches({ ...where, from: base, records, aborted: [] })
      assert.equal(next, base + messages.length)
      assert.deepEqual(
        read.map(({ key, value, headers }) => ({ key, value, headers })),
        messages.map((written) => ({ ...written, key: Buffer.from(written.key).toString() })),
      )
      assert.deepEqual([read[0]?.offset, read[0]?.timestamp], [base, 1_800_000_000_000])
    }),
    { numRuns: 50 },
  )
})

test('a header of any name is read, also one that names a prototype', () => {
  const headers = Object.fromEntries(['__proto__', 'constructor', 'toString', ''].map((name) => [name, `${name}!`]))
  const written = [{ ...content('a'), headers }]
  const records = at(0, encodeBatch(written, { producer, sequence: 0, timestamp: 1 }))
  const { messages } = decodeBatches({ ...where, from: 0, records, aborted: [] })
  assert.deepEqual(Object.entries(messages[0]?.headers ?? {}), Object.entries(headers))
  assert.equal(Object.getPrototypeOf(messages[0]?.headers), Object.prototype)
})

test('aborted messages and markers are left out and stepped over', () => {
  const aborted = at(
    0,
    encodeBatch([content('a'), content('b')], { producer: transactional, sequence: 0, timestamp: 1 }),
  )
  const kept = at(3, encodeBatch([content('c')], { producer: transactional, sequence: 2, timestamp: 1 }))
  const records = Buffer.concat([aborted, marker(2), kept, marker(4)])
  const { messages, next } = decodeBatches({
    ...where,
    from: 0,
    records,
    aborted: [{ producerId: 7n, firstOffset: 0 }],
  })
  assert.deepEqual(
    messages.map(({ key, offset }) => [key, offset]),
    [['c', 3]],
  )
  assert.equal(next, 5)
})

test('a batch that compaction emptied moves the reader on', () => {
  const empty = at(10, encodeBatch([content('x')], { producer, sequence: 0, timestamp: 1 }).subarray(0, 61))
  empty.writeInt32BE(61 - 12, 8)
  empty.writeInt32BE(4, 23)
  empty.writeInt32BE(0, 57)
  assert.deepEqual(decodeBatches({ ...where, from: 10, records: empty, aborted: [] }), { messages: [], next: 15 })
})

test('a batch cut off at the end of an answer is left for the next one', () => {
  const whole = at(0, encodeBatch([content('a')], { producer, sequence: 0, timestamp: 1 }))
  const cut = at(1, encodeBatch([content('b')], { producer, sequence: 1, timestamp: 1 })).subarray(0, 65)
  const { messages, next } = decodeBatches({ ...where, from: 0, records: Buffer.concat([whole, cut]), aborted: [] })
  assert.equal(messages.length, 1)
  assert.equal(next, 1)
})
