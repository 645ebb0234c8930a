import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEAD_LETTERS, sha256 } from './dead-letter.ts'
import { Poison } from './errors.ts'
import { type MemoryLog, memoryLog } from './memory-log.ts'
import { done, letters, partition, reading, rubbish, until } from './poison.rig.ts'
import { freshDirectory, newLog, send, shows, start, TOPIC_COUNTS } from './run.rig.ts'
import { sampleName, sampleRecord } from './sample-stage.ts'
import type { Stage } from './stage.ts'

test('R12: a letter says where the message stood, why, how often it was tried, and holds its bytes and headers', async () => {
  const log = newLog()
  const running = start(log, freshDirectory())
  await rubbish(log, 'r1', Buffer.from('rubbish'), { workspace: 'w', attempts: '2' })
  await until(() => done(log, 'sample'))
  await running.stop()
  const [letter, ...others] = await letters(log)
  assert.equal(others.length, 0)
  const { buried_at, reason, ...rest } = letter ?? assert.fail()
  assert.ok(buried_at > 0)
  assert.match(reason, /schema id/)
  assert.deepEqual(rest, {
    workspace_id: 'w',
    stage: 'sample',
    fault: 'unreadable',
    attempts: 3,
    topic: 'crm.records',
    partition: partition('r1'),
    offset: 0,
    key: Buffer.from('r1'),
    value: Buffer.from('rubbish'),
    value_size: 7,
    value_sha256: sha256('rubbish'),
    headers: { workspace: 'w', attempts: '2' },
  })
})

test('R12: what is read again after the disk was lost is not buried again', async () => {
  const log = newLog()
  const first = start(
    log,
    freshDirectory(),
    {},
    reading((key) => key === 'bad'),
  )
  await rubbish(log, 'bad')
  await rubbish(log, 'good')
  await until(() => done(log))
  await first.stop()
  const seen: string[] = []
  const second = start(
    log,
    freshDirectory(),
    {},
    reading((key) => key === 'bad', seen),
  )
  await until(() => seen.includes('good'))
  await rubbish(log, 'next')
  await until(() => done(log))
  await second.stop()
  assert.equal((await letters(log)).length, 1)
})

test('R12: killed at any await, a message is buried once', async () => {
  for (let kill = 1; kill <= 40; kill += 3) {
    let left = kill
    const log = memoryLog({ topics: TOPIC_COUNTS })
    const mortal: MemoryLog = log.connect({
      pause: async () => {
        if (--left === 0) mortal.crash()
      },
    })
    await send(log, 'crm.names', 'companies', sampleName('companies', 'Companies'))
    await rubbish(log, 'r1')
    await send(log, 'crm.records', 'r1', sampleRecord('companies', 'Acme'))
    start(mortal, freshDirectory())
    await until(async () => left <= 0 || (await done(log, 'sample')))
    if (left > 0) mortal.crash()
    const second = start(log, freshDirectory())
    await shows(log, { r1: 'Acme of Companies' })
    await until(() => done(log, 'sample'))
    await second.stop()
    assert.equal((await letters(log)).length, 1, `killed at await ${kill}`)
  }
})

test('R12: a letter is not written before the offset, when work before it is committed in slices', async () => {
  const log = newLog()
  let owed = 0
  let failing = true
  const slices: Stage = {
    name: 'slices',
    from: ['crm.records'],
    tables: {},
    task: () => ({
      step() {
        owed = 4_100
        throw new Poison('It makes no sense.')
      },
      owed: () => ({ live: owed, background: 0 }),
      drain(max) {
        if (owed <= 100 && failing) {
          failing = false
          throw new Error('not today')
        }
        const count = Math.min(owed, max)
        owed -= count
        return Array.from({ length: count }, (_, n) => ({ topic: 'crm.artifacts', key: `k${n}`, value: null }) as const)
      },
    }),
  }
  await rubbish(log, 'r1')
  const running = start(log, freshDirectory(), {}, slices)
  await until(() => done(log, 'slices'))
  await running.stop()
  assert.equal(failing, false)
  assert.equal((await letters(log)).length, 1)
})

test('R12: when most of what it reads is poison a stage stands still, red, and goes on with code that can read it', async () => {
  const log = newLog()
  const halted: string[] = []
  for (let n = 0; n < 60; n++) await rubbish(log, `k${n}`)
  const directory = freshDirectory()
  const wrong = start(
    log,
    directory,
    { hooks: { halted: (reason) => void halted.push(reason) } },
    reading(() => true),
  )
  await until(() => wrong.health().state === 'red')
  assert.match(wrong.health().reason, /Most of what reading reads can never succeed.* It makes no sense\./)
  await rubbish(log, 'k60')
  await wrong.stop()
  assert.equal(halted.length, 1)
  assert.deepEqual(await letters(log), [])
  assert.deepEqual(await log.committed('reading', 'crm.records'), [-1, -1])
  const seen: string[] = []
  const right = start(
    log,
    directory,
    {},
    reading(() => false, seen),
  )
  await until(() => done(log))
  await right.stop()
  assert.equal(seen.length, 61)
  assert.equal(right.health().state, 'green')
})

test('R12: now and then a poison message stops nobody', async () => {
  const log = newLog()
  const running = start(
    log,
    freshDirectory(),
    {},
    reading((key) => key.endsWith('3')),
  )
  for (let n = 0; n < 200; n++) await rubbish(log, `k${n}`)
  await until(() => done(log))
  assert.equal(running.health().state, 'green')
  await running.stop()
  assert.equal((await letters(log)).length, 20)
})

test('R12: while no letter can be written nothing is committed, the stage is amber, and nothing is dropped', async () => {
  const log = newLog()
  log.refuse(DEAD_LETTERS, true)
  const running = start(
    log,
    freshDirectory(),
    {},
    reading((key) => key === 'bad'),
  )
  await rubbish(log, 'bad')
  await until(() => running.health().state === 'amber')
  assert.match(running.health().reason, /refuses messages for crm.dead-letters/)
  assert.deepEqual(await log.committed('reading', 'crm.records'), [-1, -1])
  log.refuse(DEAD_LETTERS, false)
  await until(() => done(log))
  await until(() => running.health().state === 'green')
  await running.stop()
  assert.equal((await letters(log)).length, 1)
})
