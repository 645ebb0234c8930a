import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AttioClock } from './clock.ts'

const http = (ms: number): string => new Date(ms).toUTCString()
const T = Date.UTC(2026, 10, 23, 12, 0, 0)

test('clocks that may agree are taken to agree: the fence is the local time of sending', () => {
  const clock = new AttioClock(() => T)
  clock.sample(T + 400, T + 450, http(T + 420))
  assert.equal(clock.offset, 0)
  assert.equal(clock.fence(T + 400), T + 400)
})

test('the offset found lies within the slack of the true one, and the slack shrinks with samples', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 60_000 }),
          fc.integer({ min: 0, max: 300 }),
          fc.integer({ min: 0, max: 300 }),
        ),
        {
          minLength: 1,
          maxLength: 60,
        },
      ),
      (skew, samples) => {
        const clock = new AttioClock(() => T)
        let slack = Number.POSITIVE_INFINITY
        for (const [at, there, back] of samples) {
          const sent = T + at
          clock.sample(sent, sent + there + back, http(sent + there + skew))
          assert.ok(Math.abs(clock.offset - skew) <= clock.slack, `${clock.offset} ± ${clock.slack} for ${skew}`)
          assert.ok(clock.offset === 0 || clock.slack <= slack + 1)
          slack = clock.slack
        }
      },
    ),
  )
})

test('one contradicting answer changes nothing, three that agree are believed', () => {
  const clock = new AttioClock(() => T)
  clock.sample(T, T + 10, http(T + 5))
  const lie = (n: number): void => clock.sample(T + n, T + n + 10, http(T + n + 3_600_000))
  lie(1000)
  assert.equal(clock.offset, 0)
  clock.sample(T + 2000, T + 2010, http(T + 2005))
  lie(3000)
  lie(4000)
  assert.equal(clock.offset, 0)
  lie(5000)
  assert.ok(Math.abs(clock.offset - 3_600_000) <= 1000)
})

test('an answer without a readable Date teaches nothing', () => {
  const clock = new AttioClock(() => T)
  clock.sample(T, T + 10, null)
  clock.sample(T, T + 10, 'yesterday')
  assert.equal(clock.offset, 0)
  assert.equal(clock.slack, 1000)
})

test('an answer that was five minutes on its way must not be published any more', () => {
  let now = 1_000_000
  const clock = new AttioClock(() => now)
  const fence = clock.fence(now)
  now += 5 * 60_000
  assert.equal(clock.isTooOld(fence), false)
  now += 1
  assert.equal(clock.isTooOld(fence), true)
})
