import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refreshing } from './refreshing.ts'

test('writes that follow each other share refreshes, and the last one is always followed by one', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let refreshed = 0
  const refreshing = new Refreshing(async () => void refreshed++, 50)
  for (let write = 0; write < 10; write++) refreshing.soon(1)
  t.mock.timers.tick(49)
  assert.equal(refreshed, 0)
  t.mock.timers.tick(1)
  assert.equal(refreshed, 1)
  t.mock.timers.tick(1_000)
  assert.equal(refreshed, 1, 'nothing was written since')
})

test('while something is being written a refresh waits for it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let refreshed = 0
  const refreshing = new Refreshing(async () => void refreshed++, 50)
  const writing = Promise.withResolvers<void>()
  const written = refreshing.during(() => writing.promise)
  refreshing.soon(1)
  t.mock.timers.tick(50)
  assert.equal(refreshed, 0)
  writing.resolve()
  await written
  t.mock.timers.tick(50)
  assert.equal(refreshed, 1)
})

test('a backlog is shown every three seconds, a trickle every second, whatever is being written all the time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  for (const [documents, expected] of [
    [1, 9],
    [500, 3],
  ] as const) {
    let now = 0
    let refreshed = 0
    const refreshing = new Refreshing(
      async () => void refreshed++,
      250,
      () => now,
    )
    void refreshing.during(() => new Promise(() => {}))
    for (; now < 12_000; now += 125) {
      refreshing.soon(documents)
      t.mock.timers.tick(125)
      await new Promise(setImmediate)
    }
    assert.equal(refreshed, expected)
  }
})

test('a refresh that fails is left to the index', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const refreshing = new Refreshing(() => Promise.reject(new Error('away')), 50)
  refreshing.soon(1)
  t.mock.timers.tick(50)
  await refreshing.stop()
})
