import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './log.given.ts'
import { freshDirectory, newLog, start } from './run.rig.ts'
import { sampleName } from './sample-stage.ts'
import type { Stage, Task } from './stage.ts'

const partition = 0

/** A stage that writes down the offsets it steps. */
function noting(also: Partial<Task> = {}): { readonly stage: Stage; readonly stepped: readonly number[] } {
  const stepped: number[] = []
  const step: Task['step'] = ({ offset }) => {
    stepped.push(offset)
    return []
  }
  return { stage: { name: 'fenced', from: ['crm.records'], tables: {}, task: () => ({ step, ...also }) }, stepped }
}

test('a task that was fenced and has its partition again takes no input that another owner committed meanwhile', async () => {
  const log = newLog()
  const { stage, stepped } = noting()
  const put = () => log.produce([{ topic: 'crm.records', partition, key: 'r', value: null }])
  let commits = 0
  const hooks = { transaction: () => void commits++ }
  const running = start(log, freshDirectory(), { fencedWaitMs: 200, hooks }, stage)
  try {
    await put()
    await until(() => commits === 1)
    const other = await log.connect().transactional(`fenced-${partition}`)
    await put()
    await until(() => running.health().state === 'amber')
    for (let n = 0; n < 3; n++) await put()
    await other.commit({ messages: [], group: 'fenced', offsets: [{ topic: 'crm.records', partition, offset: 4 }] })
    await until(() => stepped.includes(4))
    assert.deepEqual(stepped, [0, 1, 4])
  } finally {
    await running.stop()
  }
})

test('nor input that is delivered to it when it has its partition again', async () => {
  const gate = Promise.withResolvers<void>()
  let held = false
  const log = newLog(async (point) => {
    if (held && point === 'deliver') await gate.promise
  })
  const { stage, stepped } = noting({
    tick: () => [{ topic: 'crm.names', key: 'tick', value: sampleName('o', 'tick') }],
  })
  const put = () => log.produce([{ topic: 'crm.records', partition, key: 'r', value: null }])
  const taken: number[] = []
  const hooks = { restored: (of: number) => void taken.push(of) }
  const running = start(log, freshDirectory(), { tickMs: 10, hooks }, stage)
  try {
    await put()
    await until(() => stepped.length === 1)
    held = true
    for (let n = 0; n < 4; n++) await put()
    const other = await log.connect().transactional(`fenced-${partition}`)
    await other.commit({ messages: [], group: 'fenced', offsets: [{ topic: 'crm.records', partition, offset: 4 }] })
    await until(() => taken.filter((of) => of === partition).length === 2)
    gate.resolve()
    await until(() => stepped.includes(4))
    assert.deepEqual(stepped, [0, 4])
  } finally {
    gate.resolve()
    await running.stop()
  }
})
