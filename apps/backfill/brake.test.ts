import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Brake } from './brake.ts'

function given(lag: { now: number }, committed = true) {
  const changes: (string | null)[] = []
  const log = {
    ends: async () => [1000 + lag.now, 500],
    committed: async () => (committed ? [1000, 500] : [-1, -1]),
  }
  const watched = [{ group: 'compact', topic: 'attio.changes' }]
  const brake = new Brake({ log, watched, maxLag: 100, every: 1, onChange: (pausedBy) => changes.push(pausedBy) })
  return { brake, changes }
}
const never = new AbortController().signal

test('walks pause while a group is too far behind, and go on at half of it', async () => {
  const lag = { now: 101 }
  const { brake, changes } = given(lag)
  let free = false
  const waiting = brake.free(never).then(() => {
    free = true
  })
  const pausedFor = async (value: number): Promise<void> => {
    lag.now = value
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(free, false, String(value))
  }
  await pausedFor(101)
  assert.equal(brake.pausedBy, 'compact on attio.changes')
  await pausedFor(51)
  lag.now = 50
  await waiting
  assert.deepEqual(changes, ['compact on attio.changes', null])
})

test('a lag at the limit does not pause', async () => {
  await given({ now: 100 }).brake.free(never)
})

test('a group that never committed does not run and is not waited for', async () => {
  await given({ now: 1_000_000 }, false).brake.free(never)
})

test('waiting ends with the signal', async () => {
  const abort = new AbortController()
  const waiting = given({ now: 101 }).brake.free(abort.signal)
  abort.abort(new Error('stop'))
  await assert.rejects(waiting, /stop/)
})
