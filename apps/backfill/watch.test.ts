/** When a workspace is due for a sweep, and why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Sight, type Watched, type WishOptions, wish } from './watch.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 23)

const seen: Sight = { webhook: 'active', schema: 's1' }
const watched = (more: Partial<Watched> = {}): Watched => ({
  ...seen,
  since: NOW - HOUR,
  lookedAt: NOW - HOUR,
  sweptSchema: 's1',
  wanted: null,
  ...more,
})
const decide = (before: Watched | undefined, sight: Partial<Sight> = {}, more: Partial<WishOptions> = {}) =>
  wish(before, { ...seen, ...sight }, { now: NOW, everyMs: DAY, lastSweep: null, ...more })

test('a workspace seen for the first time, or where nothing happened, is not swept', () => {
  assert.equal(decide(undefined), null)
  assert.equal(decide(watched()), null)
})

test('a sweep is due a day after the last one began, or after the workspace was first seen', () => {
  assert.equal(decide(watched({ since: NOW - DAY + 1 })), null)
  assert.equal(decide(watched({ since: NOW - DAY })), 'it is time')
  assert.equal(decide(watched({ since: NOW - 9 * DAY }), {}, { lastSweep: NOW - DAY + 1 }), null)
  assert.equal(decide(watched({ since: NOW - 9 * DAY }), {}, { lastSweep: NOW - DAY }), 'it is time')
  assert.equal(decide(watched({ since: NOW - 9 * DAY }), {}, { everyMs: 0 }), null, 'unless time makes none due')
})

test('a webhook that stops being active makes one due, and so does one that is active again', () => {
  for (const webhook of ['degraded', 'inactive', 'gone', 'a state of tomorrow'])
    assert.equal(decide(watched(), { webhook }), `its webhook is ${webhook}`)
  assert.equal(decide(watched({ webhook: 'degraded' })), 'its webhook was degraded')
  assert.equal(decide(watched({ webhook: 'degraded' }), { webhook: 'degraded' }), null, 'once for each change')
  assert.equal(decide(watched({ webhook: 'none' })), null, 'a webhook registered for the first time was in no trouble')
})

test('nobody having looked for longer than Attio retries makes one due', () => {
  assert.equal(decide(watched({ lookedAt: NOW - 3 * DAY })), null)
  assert.match(decide(watched({ lookedAt: NOW - 4 * DAY })) ?? '', /nobody looked for 4 days/)
})

test('a changed schema makes one due when it has stood still from one look to the next', () => {
  assert.equal(decide(watched(), { schema: 's2' }), null, 'somebody may still be at it')
  assert.equal(decide(watched({ schema: 's2' }), { schema: 's3' }), null)
  assert.equal(decide(watched({ schema: 's2' }), { schema: 's2' }), 'its objects or attributes have changed')
  assert.equal(decide(watched({ schema: 's2', sweptSchema: 's2' }), { schema: 's2' }), null)
})

test('what was wanted and could not begin stays wanted, for the reason it had first', () => {
  const wanted = 'its webhook is degraded'
  assert.equal(decide(watched({ wanted, lookedAt: NOW - 9 * DAY })), wanted)
})
