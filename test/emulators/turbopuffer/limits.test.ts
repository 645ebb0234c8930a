import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backlog, PRODUCTION } from './limits.ts'

test('a namespace commits one log entry a second, and writes in between share the next one', () => {
  const backlog = new Backlog(PRODUCTION)
  const waits = [10_000, 10_100, 10_500, 11_000, 11_200, 14_000].map((now) => backlog.waitForEntry(now))
  assert.deepEqual(waits, [0, 900, 500, 1_000, 800, 0])
})

test('what is not yet indexed drains at the documented rate and fills at two gigabytes', () => {
  const backlog = new Backlog(PRODUCTION)
  backlog.add(0, 10_000, 2_000_000_000)
  assert.equal(backlog.isFull(0), false)
  backlog.add(0, 1, 64_000_000)
  assert.equal(backlog.isFull(1_000), true)
  assert.equal(backlog.isFull(2_001), false)
  assert.equal(backlog.unindexedBytes(12_001), 2_064_000_000 - Math.round(12.001 * 32_000_000))
})
