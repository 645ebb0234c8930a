import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs, retry, sleep } from './retry.ts'

test('the wait grows, with full jitter, up to its bound', () => {
  const most = [0, 1, 2, 3, 20].map((attempt) => backoffMs(attempt, { firstMs: 50, maxMs: 300 }, () => 1))
  assert.deepEqual(most, [50, 100, 200, 300, 300])
  assert.equal(
    backoffMs(3, {}, () => 0),
    0,
  )
})

test('work is repeated until it succeeds', async () => {
  const waits: number[] = []
  const wait = async (ms: number) => void waits.push(ms)
  const result = await retry(
    async (attempt) => {
      if (attempt < 3) throw new Error('not yet')
      return attempt
    },
    { wait },
  )
  assert.equal(result, 3)
  assert.equal(waits.length, 3)
})

test('what may not heal is thrown at once, and attempts are counted', async () => {
  let tries = 0
  const failing = async () => {
    tries++
    throw new Error('no')
  }
  await assert.rejects(retry(failing, { mayHeal: () => false }), /no/)
  assert.equal(tries, 1)
  await assert.rejects(retry(failing, { attempts: 3, wait: async () => {} }), /no/)
  assert.equal(tries, 4)
})

test('a signal ends the wait at once with its reason', async () => {
  const controller = new AbortController()
  const sleeping = sleep(60_000, controller.signal)
  controller.abort(new Error('shutting down'))
  await assert.rejects(sleeping, /shutting down/)
  await assert.rejects(sleep(1, controller.signal), /shutting down/)
  await assert.rejects(
    retry(async () => 1, { signal: controller.signal }),
    /shutting down/,
  )
})
