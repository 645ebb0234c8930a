import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOPICS, type TopicName } from '@attio-stream/contracts'
import { isCut, letterId, sha256 } from './dead-letter.ts'
import type { Fault } from './errors.ts'
import { partitionOf } from './partition.ts'
import { done, letters, reading, rubbish, until } from './poison.rig.ts'
import { freshDirectory, messages, newLog, send, shows, start } from './run.rig.ts'
import { sampleName, sampleRecord } from './sample-stage.ts'
import type { Stage } from './stage.ts'

test('R12: a body that fits into no letter is cut, and its size, its SHA-256 and where it stood are kept', async () => {
  const log = newLog()
  const running = start(
    log,
    freshDirectory(),
    {},
    reading(() => true),
  )
  const large = Buffer.alloc(16 * 1024 * 1024 - 1000, 'x')
  await rubbish(log, 'r1', large, { workspace: 'w' })
  await until(() => done(log))
  await running.stop()
  const [letter] = await letters(log)
  assert.ok(letter !== undefined && isCut(letter) && (letter.value?.length ?? 0) > 15 * 1024 * 1024)
  assert.deepEqual(
    [letter.topic, letter.offset, letter.value_size, letter.value_sha256],
    ['crm.records', 0, large.length, sha256(large)],
  )
})

test('R12: an input whose result fits into no message is buried whole; what is owed and too large is buried itself', async () => {
  const log = newLog()
  const huge = 'x'.repeat(17 * 1024 * 1024)
  const artifact = { ...sampleRecord('o', ''), object_slug: null, record_offset: 0, body: huge }
  const output = { topic: 'crm.artifacts', key: 'a1', value: artifact } as const
  const faults: [TopicName, Fault][] = []
  let owed = 0
  const growing: Stage = {
    name: 'growing',
    from: ['crm.records'],
    tables: {},
    task: () => ({
      step({ key }) {
        if (key === 'now') return [{ topic: 'crm.artifacts', key: 'small', value: null }, output]
        owed = 1
        return []
      },
      owed: () => ({ live: owed, background: 0 }),
      drain() {
        owed = 0
        return [output, { topic: 'crm.artifacts', key: 'other', value: null }]
      },
    }),
  }
  const hooks = { buried: (topic: TopicName, fault: Fault) => void faults.push([topic, fault]) }
  const running = start(log, freshDirectory(), { hooks }, growing)
  await rubbish(log, 'now')
  await until(() => done(log, 'growing'))
  await rubbish(log, 'later')
  await until(() => done(log, 'growing'))
  await running.stop()
  assert.deepEqual(
    (await messages(log, 'crm.artifacts')).map(({ key }) => key),
    ['other'],
  )
  const all = await letters(log)
  assert.deepEqual(
    all.map(({ topic, offset, fault }) => [topic, offset, fault]),
    [
      ['crm.records', 0, 'too-large'],
      ['crm.artifacts', null, 'too-large'],
    ],
  )
  assert.deepEqual(faults, [
    ['crm.records', 'too-large'],
    ['crm.artifacts', 'too-large'],
  ])
})

test('R12: a key too long for a table is buried, and stops neither its partition nor a takeover without disk', async () => {
  const log = newLog()
  const long = 'k'.repeat(2000)
  const first = start(log, freshDirectory())
  await send(log, 'crm.records', long, sampleRecord('companies', 'x'))
  await send(log, 'crm.records', 'r1', sampleRecord('companies', 'Acme'))
  await until(() => done(log, 'sample'))
  await first.stop()
  const second = start(log, freshDirectory())
  await send(log, 'crm.records', 'r2', sampleRecord('companies', 'Beta'))
  await shows(log, { r1: 'Acme of ?', r2: 'Beta of ?' })
  await second.stop()
  assert.equal((await letters(log)).length, 1)
})

test('R12: an entry of a global table that nobody can read is buried under one id, and the last one that could stays', async () => {
  const log = newLog()
  await send(log, 'crm.names', 'companies', sampleName('companies', 'Companies'))
  const key = 'companies'
  const at = { topic: 'crm.names', partition: partitionOf(TOPICS['crm.names'], key, 2), key }
  await log.produce([{ ...at, value: Buffer.from('rubbish') }])
  await send(log, 'crm.records', 'r1', sampleRecord('companies', 'Acme'))
  for (let life = 0; life < 2; life++) {
    const running = start(log, freshDirectory())
    await shows(log, { r1: 'Acme of Companies' })
    await until(async () => (await letters(log)).length > life)
    await running.stop()
  }
  const all = await letters(log)
  assert.equal(all.length, 2)
  assert.equal(new Set(all.map(letterId)).size, 1)
})
