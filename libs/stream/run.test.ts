import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ArtifactState, DeadLetter } from '@attio-stream/contracts'
import { TOPICS } from '@attio-stream/contracts'
import { until } from './log.given.ts'
import type { Log } from './log.ts'
import { memoryLog } from './memory-log.ts'
import { partitionOf } from './partition.ts'
import { codec, freshDirectory, messages, newLog, send, shows, start, TOPIC_COUNTS } from './run.rig.ts'
import { sampleName, sampleRecord, sampleStage } from './sample-stage.ts'
import type { Stage } from './stage.ts'

test('outputs follow inputs, a change of a global table reaches what shows it, and a stop commits', async () => {
  const log = newLog()
  const directory = freshDirectory()
  await send(log, 'crm.names', 'companies', sampleName('companies', 'Companies'))
  const running = start(log, directory)
  await send(log, 'crm.records', 'r1', sampleRecord('companies', 'Acme'))
  await send(log, 'crm.records', 'r2', sampleRecord('companies', 'Beta'))
  await shows(log, { r1: 'Acme of Companies', r2: 'Beta of Companies' })
  await send(log, 'crm.names', 'companies', sampleName('companies', 'Firms'))
  await shows(log, { r1: 'Acme of Firms', r2: 'Beta of Firms' })
  await send(log, 'crm.records', 'r1', null)
  await shows(log, { r2: 'Beta of Firms' })
  assert.deepEqual(running.partitions(), [0, 1])
  assert.equal(running.health().state, 'green')
  await running.stop()
  const committed = await log.committed('sample', 'crm.records')
  assert.deepEqual(
    committed.map((offset) => Math.max(0, offset)),
    await log.ends('crm.records'),
  )
})

test('a message nobody can decode is buried with its bytes and stops nobody', async () => {
  const log = newLog()
  const running = start(log, freshDirectory())
  const partition = partitionOf(TOPICS['crm.records'], 'r1', 2)
  await log.produce([{ topic: 'crm.records', partition, key: 'r1', value: Buffer.from('rubbish') }])
  await send(log, 'crm.records', 'r1', sampleRecord('companies', 'Acme'))
  await shows(log, { r1: 'Acme of ?' })
  await running.stop()
  const letters = (await messages(log, 'crm.dead-letters')).map(
    ({ value }) => codec.decode('crm.dead-letters', value as Buffer) as DeadLetter,
  )
  assert.equal(letters.length, 1)
  const [letter] = letters
  assert.deepEqual(
    [letter?.stage, letter?.topic, letter?.partition, letter?.offset, String(letter?.key), String(letter?.value)],
    ['sample', 'crm.records', partition, 0, 'r1', 'rubbish'],
  )
})

test('a bug in a step fails the stage loudly and commits nothing of it', async () => {
  const log = newLog()
  const running = start(log, freshDirectory())
  await send(log, 'crm.records', 'bug', null)
  await assert.rejects(running.failed, /a bug/)
  assert.equal(running.health().state, 'red')
  await running.stop()
  const partition = partitionOf(TOPICS['crm.records'], 'bug', 2)
  assert.ok(((await log.committed('sample', 'crm.records'))[partition] ?? -1) <= 0)
  assert.deepEqual(await messages(log, 'crm.dead-letters'), [])
})

test('a failure that may heal is tried again from what is committed, and is seen in the health', async () => {
  const log = newLog()
  let failures = 2
  const states: string[] = []
  const flaky: Stage = {
    ...(sampleStage as unknown as Stage),
    task(tables) {
      const task = sampleStage.task(tables as never)
      return {
        ...task,
        step(input, now) {
          if (input.key === 'r2' && failures-- > 0) throw new Error('not today')
          return task.step(input, now)
        },
      }
    },
  }
  const hooks = { trouble: () => void states.push(running.health().state) }
  const running = start(log, freshDirectory(), { hooks }, flaky)
  for (const key of ['r1', 'r2', 'r3', 'r4']) await send(log, 'crm.records', key, sampleRecord('companies', key))
  await shows(log, { r1: 'r1 of ?', r2: 'r2 of ?', r3: 'r3 of ?', r4: 'r4 of ?' })
  await until(() => running.health().state === 'green')
  assert.deepEqual(states, ['amber', 'amber'])
  await running.stop()
})

test('brokers that are away are waited for', async () => {
  const log = newLog()
  const running = start(log, freshDirectory())
  await send(log, 'crm.records', 'r1', sampleRecord('companies', 'Acme'))
  await shows(log, { r1: 'Acme of ?' })
  await send(log, 'crm.records', 'r1', sampleRecord('companies', 'Acme 2'))
  log.setAway(true)
  await new Promise((resolve) => setTimeout(resolve, 50))
  log.setAway(false)
  await shows(log, { r1: 'Acme 2 of ?' })
  await running.stop()
})

test('two processes share the partitions; when one dies the other has them all', async () => {
  const log = newLog()
  const [left, right] = [log.connect(), log.connect()]
  const one = start(left, freshDirectory())
  await until(() => one.partitions().length === 2)
  const two = start(right, freshDirectory())
  await until(() => one.partitions().length === 1 && two.partitions().length === 1)
  left.crash()
  for (const key of ['r1', 'r2', 'r3', 'r4']) await send(log, 'crm.records', key, sampleRecord('companies', key))
  await shows(log, { r1: 'r1 of ?', r2: 'r2 of ?', r3: 'r3 of ?', r4: 'r4 of ?' })
  assert.deepEqual(two.partitions(), [0, 1])
  await two.stop()
})

test('a partition is taken over with all that its last owner knew of the global tables', async () => {
  const log = newLog()
  const left = log.connect()
  const gate = Promise.withResolvers<void>()
  let held = false
  let inits = 0
  const right = withSlowNames(
    log.connect({ pause: async (point) => void (point === 'inited' && inits++) }),
    async () => {
      if (held) await gate.promise
    },
  )
  const one = start(left, freshDirectory())
  await until(() => one.partitions().length === 2)
  const two = start(right, freshDirectory())
  await until(() => one.partitions().length === 1 && two.partitions().length === 1)
  const shown = (name: string) => ({
    r1: `r1 of ${name}`,
    r2: `r2 of ${name}`,
    r3: `r3 of ${name}`,
    r4: `r4 of ${name}`,
  })
  await send(log, 'crm.names', 'companies', sampleName('companies', 'old'))
  for (const key of Object.keys(shown(''))) await send(log, 'crm.records', key, sampleRecord('companies', key))
  await shows(log, shown('old'))

  held = true
  await send(log, 'crm.names', 'companies', sampleName('companies', 'new'))
  const news = async () => (await bodiesIn(log)).filter((body) => body.endsWith('of new'))
  while ((await news()).length === 0) await new Promise((resolve) => setImmediate(resolve))
  left.crash()
  await until(() => inits === 2)
  // Time enough to show what it knows.
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
  gate.resolve()
  await shows(log, shown('new'))
  const again = (await bodiesIn(log)).filter((body, at, all) => all.indexOf(body) !== at)
  assert.deepEqual(again, [], 'nothing was shown again after something newer')
  await two.stop()
})

/** A connection on which messages of crm.names wait for `pause`. */
function withSlowNames(log: Log, pause: () => Promise<void>): Log {
  const read: Log['read'] = (options) =>
    log.read({
      ...options,
      onMessages: async (partition, some) => {
        if (options.topic === 'crm.names') await pause()
        await options.onMessages(partition, some)
      },
    })
  return new Proxy(log, {
    get(target, name) {
      const member = Reflect.get(target, name)
      return name === 'read' ? read : typeof member === 'function' ? member.bind(target) : member
    },
  })
}

const bodiesIn = async (log: Log) =>
  (await messages(log, 'crm.artifacts')).map(
    ({ value }) => (codec.decode('crm.artifacts', value as Uint8Array) as ArtifactState).body ?? '',
  )

test('other code looks at everything again and writes only what differs', async () => {
  const log = newLog()
  const directory = freshDirectory()
  const first = start(log, directory, { version: '1' })
  await send(log, 'crm.records', 'r1', sampleRecord('companies', 'Acme'))
  await shows(log, { r1: 'Acme of ?' })
  await first.stop()
  const before = (await messages(log, 'crm.artifacts')).length
  let rechecks = 0
  const counting: Stage = {
    ...(sampleStage as unknown as Stage),
    task(tables) {
      const task = sampleStage.task(tables as never)
      return {
        ...task,
        recheck: () => {
          rechecks++
          task.recheck?.()
        },
      }
    },
  }
  const second = start(log, directory, { version: '2' }, counting)
  await send(log, 'crm.records', 'r2', sampleRecord('companies', 'Beta'))
  await shows(log, { r1: 'Acme of ?', r2: 'Beta of ?' })
  await second.stop()
  assert.equal(rechecks, 2)
  assert.equal((await messages(log, 'crm.artifacts')).length, before + 1)
  const third = start(log, directory, { version: '2' }, counting)
  await until(() => third.partitions().length === 2)
  await third.stop()
  assert.equal(rechecks, 2)
})

test('only a takeover without disk reads the last part of the input again', async () => {
  let now = 1_000_000
  const log = memoryLog({ topics: TOPIC_COUNTS, now: () => now })
  const directory = freshDirectory()
  const seen: string[] = []
  const stage: Stage = {
    name: 'reread',
    from: ['crm.records'],
    tables: {},
    rereadMs: 1_000,
    task: () => ({
      step(input) {
        seen.push(input.key)
        return []
      },
    }),
  }
  const partition = 0
  const put = (key: string) => log.produce([{ topic: 'crm.records', partition, key, value: null }])
  const first = start(log, directory, {}, stage)
  await put('old')
  now += 5_000
  await put('young')
  now += 500
  await put('younger')
  await until(() => seen.length === 3)
  await first.stop()
  const second = start(log, directory, {}, stage)
  await until(() => second.partitions().length === 2)
  await put('next')
  await until(() => seen.includes('next'))
  await second.stop()
  assert.deepEqual(seen.splice(0), ['old', 'young', 'younger', 'next'])
  const third = start(log, freshDirectory(), {}, stage)
  await until(() => seen.length === 3)
  await third.stop()
  assert.deepEqual(seen, ['young', 'younger', 'next'])
})
