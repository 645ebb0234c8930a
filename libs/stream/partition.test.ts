import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur2, partitionKey, partitionOf } from './partition.ts'

test('murmur2 gives what Java gives (org.apache.kafka.common.utils.UtilsTest)', () => {
  const vectors: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [text, hash] of vectors) assert.equal(murmur2(Buffer.from(text)), hash, text)
})

test('a key of several segments lives where its first segment lives', () => {
  const byKey = { partitionBy: 'key' } as const
  const byFirst = { partitionBy: 'first-segment' } as const
  for (let i = 0; i < 50; i++) {
    const record = `r-${i}`
    assert.equal(partitionOf(byFirst, `${record}/note/n-${i}`, 12), partitionOf(byKey, record, 12))
  }
  assert.equal(partitionKey(byFirst, 'whole'), 'whole')
  assert.equal(partitionKey(byKey, 'a/b'), 'a/b')
})

test('keys spread over all partitions', () => {
  const used = new Set(Array.from({ length: 500 }, (_, i) => partitionOf({ partitionBy: 'key' }, `key-${i}`, 12)))
  assert.equal(used.size, 12)
})
