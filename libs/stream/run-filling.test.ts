/** A disk is lost: the input table is filled behind live work. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryLog } from './memory-log.ts'
import { freshDirectory, messages, newLog, send, shows, start } from './run.rig.ts'
import { sampleName, sampleRecord } from './sample-stage.ts'

test('live work does not wait for a table that was lost, takes nothing missing for forgotten, and everything is looked at when it is complete', async () => {
  const broker = memoryLog({ topics: { 'crm.records': 1, 'crm.artifacts': 1, 'crm.names': 1, 'crm.dead-letters': 1 } })
  await send(broker, 'crm.names', 'o', sampleName('o', 'Old'))
  for (const key of ['r1', 'r2', 'r3', 'r4']) await send(broker, 'crm.records', key, sampleRecord('o', 'first'))
  const before = start(broker.connect(), freshDirectory())
  await shows(broker, { r1: 'first of Old', r2: 'first of Old', r3: 'first of Old', r4: 'first of Old' })
  await before.stop()
  // Nobody sees this one before the disk is gone.
  await send(broker, 'crm.records', 'r2', sampleRecord('o', 'second'))

  let taken = false
  const gate = Promise.withResolvers<void>()
  const complete: number[] = []
  const hooks = {
    restored: () => {
      taken = true
    },
    filled: (partition: number) => void complete.push(partition),
  }
  const pause = async (point: string) => {
    if (point === 'read' && taken) await gate.promise
  }
  const running = start(broker.connect({ pause }), freshDirectory(), { hooks })
  try {
    await shows(broker, { r1: 'first of Old', r2: 'second of Old', r3: 'first of Old', r4: 'first of Old' })
    await send(broker, 'crm.records', 'r1', sampleRecord('o', 'third'))
    await send(broker, 'crm.records', 'r4', null)
    await shows(broker, { r1: 'third of Old', r2: 'second of Old', r3: 'first of Old', r4: 'first of Old' })
    await send(broker, 'crm.names', 'o', sampleName('o', 'New'))
    assert.deepEqual(complete, [])
    gate.resolve()
    await shows(broker, { r1: 'third of New', r2: 'second of New', r3: 'first of New' })
    assert.deepEqual(complete, [0])
    const forgotten = (await messages(broker, 'crm.artifacts')).filter(({ value }) => value === null)
    assert.deepEqual(
      forgotten.map(({ key }) => key),
      ['r4'],
    )
  } finally {
    gate.resolve()
    await running.stop()
  }
})

test('a stage that never wrote anything fills no table before it begins, and looks at nothing twice', async () => {
  const broker = newLog()
  for (const key of ['r1', 'r2', 'r3']) await send(broker, 'crm.records', key, sampleRecord('o', 'first'))
  const read: number[] = []
  const hooks = { restored: (_partition: number, _ms: number, messages: number) => void read.push(messages) }
  const running = start(broker.connect(), freshDirectory(), { hooks })
  try {
    await shows(broker, { r1: 'first of ?', r2: 'first of ?', r3: 'first of ?' })
    assert.deepEqual(read, [0, 0])
    await send(broker, 'crm.names', 'o', sampleName('o', 'New'))
    await shows(broker, { r1: 'first of New', r2: 'first of New', r3: 'first of New' })
    assert.equal((await messages(broker, 'crm.artifacts')).length, 6)
  } finally {
    await running.stop()
  }
})
