import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from './pace.ts'

const never = new AbortController().signal
/** How long the next turn is waited for, ms, after a write that took so long. */
async function waited(pace: Pace, documents: number, ms: number): Promise<number> {
  pace.spent(documents, ms)
  const began = performance.now()
  await pace.turn(never)
  return performance.now() - began
}
const none = async () => 0

test('a build that may use a third of the time rests twice as long as it wrote', async () => {
  const pace = new Pace({ share: 1 / 3, perSecond: 0, liveLag: 10 }, none)
  const ms = await waited(pace, 100, 50)
  assert.ok(ms >= 95, `${ms} ms`)
})

test('a build that may write so many a second rests until they are', async () => {
  const pace = new Pace({ share: 1, perSecond: 1000, liveLag: 10 }, none)
  const ms = await waited(pace, 150, 20)
  assert.ok(ms >= 125, `${ms} ms`)
})

test('with all of the time and no limit it never rests', async () => {
  const lag = { asked: 0 }
  const pace = new Pace({ share: 1, perSecond: 0, liveLag: 10 }, async () => ++lag.asked)
  for (let n = 0; n < 1000; n++) {
    pace.spent(100, 1000)
    await pace.turn(never)
  }
  assert.ok(lag.asked < 100, 'the lag is asked for seldom, not at every turn')
})

test('while live is behind it rests ten times as long, and goes on when live has caught up', async () => {
  let lag = 11
  const pace = new Pace({ share: 0.5, perSecond: 0, liveLag: 10 }, async () => lag)
  const behind = await waited(pace, 1, 30)
  assert.ok(behind >= 290, `${behind} ms`)
  pace.spent(1, 30_000)
  const turn = pace.turn(never)
  lag = 0
  pace.off()
  await turn
})

test('a rest ends with its signal', async () => {
  const pace = new Pace({ share: 0.01, perSecond: 0, liveLag: 10 }, none)
  pace.spent(1, 10_000)
  const stop = new AbortController()
  const turn = pace.turn(stop.signal)
  stop.abort(new Error('stopped'))
  await assert.rejects(turn, /stopped/)
})
