import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './log.given.ts'
import { freshDirectory, messages, newLog, send, shows, start } from './run.rig.ts'
import { sampleRecord, sampleStage } from './sample-stage.ts'
import type { Stage } from './stage.ts'

const QUIET = 1_000
const MOST = 5_000

/** The sample stage whose work is patient but for a record named `urgent`. */
const patientStage = (): Stage => ({
  ...(sampleStage as unknown as Stage),
  linger: { live: 0, catchingUp: 0, patient: { quiet: QUIET, most: MOST } },
  task(tables) {
    const task = sampleStage.task(tables as never)
    let urgent = false
    return {
      ...task,
      step(input, now) {
        urgent ||= input.key === 'urgent'
        return task.step(input, now)
      },
      owed: () => ({ live: 0, background: 0, ...task.owed?.(), patient: !urgent }),
    }
  },
})

/** A clock that stands still until it is moved on. */
function clockByHand() {
  let now = 1_000_000
  const sleepers = new Set<() => void>()
  return {
    now: () => now,
    sleep(ms: number, signal?: AbortSignal): Promise<void> {
      const due = now + ms
      return new Promise((resolve, reject) => {
        const look = () => {
          if (now < due) return
          sleepers.delete(look)
          resolve()
        }
        sleepers.add(look)
        signal?.addEventListener('abort', () => {
          sleepers.delete(look)
          reject(signal.reason)
        })
        look()
      })
    },
    on(ms: number): void {
      now += ms
      for (const look of [...sleepers]) look()
    },
  }
}

async function begun(log = newLog()) {
  const clock = clockByHand()
  let taken = 0
  const hooks = {
    messagesIn(_topic: string, count: number) {
      taken += count
    },
  }
  const running = start(log, freshDirectory(), { clock, hooks }, patientStage())
  await until(() => running.health().state === 'green')
  return {
    log,
    clock,
    running,
    send: async (key: string, body: string) => {
      const before = taken
      await send(log, 'crm.records', key, sampleRecord('companies', body))
      await until(() => taken > before)
      // Taken out of the queue in the turns of the event loop that follow.
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    },
    written: async () => (await messages(log, 'crm.artifacts')).length,
  }
}

test('patient work waits while more comes, and is emitted once when nothing has come for a while', async () => {
  const { log, clock, running, send: give, written } = await begun()
  for (const body of ['one', 'two', 'three']) {
    await give('r1', body)
    clock.on(QUIET - 100)
  }
  assert.equal(await written(), 0)
  clock.on(QUIET)
  await shows(log, { r1: 'three of ?' })
  assert.equal(await written(), 1)
  await running.stop()
})

test('patient work that keeps being touched is emitted after its longest wait', async () => {
  const { log, clock, running, send: give, written } = await begun()
  await give('r1', 'first')
  for (let passed = 0; passed < MOST - QUIET; passed += QUIET / 2) {
    clock.on(QUIET / 2)
    await give('r1', `after ${passed}`)
  }
  assert.equal(await written(), 0)
  clock.on(QUIET - 1)
  await give('r1', 'last')
  clock.on(1)
  await shows(log, { r1: 'last of ?' })
  await running.stop()
})

test('urgent work does not wait for patient work', async () => {
  const { log, running, send: give } = await begun()
  // Of the same partition, so of the same task.
  await give('r3', 'patient')
  await give('urgent', 'now')
  await shows(log, { r3: 'patient of ?', urgent: 'now of ?' })
  await running.stop()
})
