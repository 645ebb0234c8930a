import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ArtifactState, DeadLetter, TopicName, TopicValues } from '@attio-stream/contracts'
import { TOPICS } from '@attio-stream/contracts'
import fc from 'fast-check'
import { memoryCodec } from './codec.ts'
import { LogUnavailable } from './errors.ts'
import { until } from './log.conformance.ts'
import type { Log, StoredMessage } from './log.ts'
import { type MemoryLog, memoryLog } from './memory-log.ts'
import { partitionOf } from './partition.ts'
import { type RunStageOptions, runStage } from './run.ts'
import { sampleName, sampleRecord, sampleStage } from './sample-stage.ts'
import type { Stage } from './stage.ts'

const codec = memoryCodec()
const root = mkdtempSync(join(tmpdir(), 'stream-run-'))
after(() => rmSync(root, { recursive: true, force: true }))
let directories = 0
const freshDirectory = () => join(root, String(directories++))
const TOPIC_COUNTS = { 'crm.records': 2, 'crm.artifacts': 2, 'crm.names': 2, 'crm.dead-letters': 1 }
const newLog = (pause?: (point: string) => Promise<void>) =>
  memoryLog({ topics: TOPIC_COUNTS, ...(pause === undefined ? {} : { pause }) })

async function send<T extends TopicName>(log: Log, topic: T, key: string, value: TopicValues[T] | null): Promise<void> {
  const partition = partitionOf(TOPICS[topic], key, await log.partitions(topic))
  await log.produce([{ topic, partition, key, value: value === null ? null : codec.encode(topic, value) }])
}

async function messages(log: Log, topic: TopicName): Promise<StoredMessage[]> {
  const all: StoredMessage[] = []
  const from = new Map(Array.from({ length: await log.partitions(topic) }, (_, partition) => [partition, 0]))
  await log.read({ topic, from, until: 'end', onMessages: (_partition, some) => void all.push(...some) }).done
  return all
}

async function bodies(log: Log): Promise<Record<string, string | null>> {
  const last: Record<string, string | null> = {}
  for (const { key, value } of await messages(log, 'crm.artifacts')) {
    if (value === null) delete last[key]
    else last[key] = (codec.decode('crm.artifacts', value) as ArtifactState).body
  }
  return last
}

/** Waits until the log's artifacts are these. */
async function shows(log: Log, expected: Readonly<Record<string, string | null>>): Promise<void> {
  let actual: unknown
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    actual = await bodies(log)
    try {
      assert.deepEqual(actual, expected)
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  assert.deepEqual(actual, expected)
}

const start = (
  log: Log,
  directory: string,
  options: Partial<RunStageOptions> = {},
  stage: Stage = sampleStage as unknown as Stage,
) => runStage(stage, { log, codec, directory, fencedWaitMs: 20, ...options })

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

interface Life {
  /** The await at which this process is killed. */
  readonly dies: number
  readonly keepsDisk: boolean
}
type Act =
  | { readonly kind: 'record'; readonly key: string; readonly object: string; readonly body: string | null }
  | { readonly kind: 'name'; readonly object: string; readonly name: string }

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant('record' as const),
    key: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5'),
    object: fc.constantFrom('companies', 'people'),
    body: fc.constantFrom('a', 'b', 'c', null),
  }),
  fc.record({
    kind: fc.constant('name' as const),
    object: fc.constantFrom('companies', 'people'),
    name: fc.constantFrom('X', 'Y', 'Z'),
  }),
)
const life = fc.record({ dies: fc.integer({ min: 1, max: 120 }), keepsDisk: fc.boolean() })

test('killed at any await, with its disk or without, a stage ends in the same output and writes nothing twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1, maxLength: 25 }),
      fc.array(life, { maxLength: 4 }),
      fc.integer({ min: 0, max: 3 }),
      simulate,
    ),
    { numRuns: 60 },
  )
})

/** `refused`: as many transactions of the last process are aborted by the brokers before they commit. */
async function simulate(acts: readonly Act[], lives: readonly Life[], refused: number): Promise<void> {
  const broker = newLog()
  let directory = freshDirectory()
  const chunk = Math.ceil(acts.length / (lives.length + 1))
  for (const [index, { dies, keepsDisk }] of lives.entries()) {
    await perform(broker, acts.slice(index * chunk, (index + 1) * chunk))
    await live(broker, directory, dies)
    if (!keepsDisk) directory = freshDirectory()
  }
  let refusals = refused
  const last = broker.connect({
    pause: async (point) => {
      if (point === 'end' && refusals-- > 0) throw new LogUnavailable('refused')
    },
  })
  const running = start(last, directory)
  await perform(broker, acts.slice(lives.length * chunk))
  try {
    await shows(broker, outcome(acts))
    const hashes = new Map<string, string>()
    for (const { key, headers, value } of await messages(broker, 'crm.artifacts')) {
      const hash = value === null ? 'gone' : String(headers.hash)
      assert.notEqual(hash, hashes.get(key) ?? 'gone', `${key} was written twice with the same content`)
      hashes.set(key, hash)
    }
  } finally {
    await running.stop()
  }
}

/** A process that is killed at its n-th await, or when it has nothing more to do. */
async function live(broker: MemoryLog, directory: string, dies: number): Promise<void> {
  const dead = Promise.withResolvers<void>()
  let points = 0
  const process = broker.connect({
    pause: async () => {
      if (++points === dies) {
        process.crash()
        dead.resolve()
      }
      await new Promise((resolve) => setImmediate(resolve))
    },
  })
  start(process, directory)
  const idle = (async () => {
    for (let last = -1; last !== points; ) {
      last = points
      for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()
  await Promise.race([dead.promise, idle])
  process.crash()
}

async function perform(log: Log, acts: readonly Act[]): Promise<void> {
  for (const one of acts) {
    if (one.kind === 'name') await send(log, 'crm.names', one.object, sampleName(one.object, one.name))
    else await send(log, 'crm.records', one.key, one.body === null ? null : sampleRecord(one.object, one.body))
  }
}

function outcome(acts: readonly Act[]): Record<string, string> {
  const names = new Map<string, string>()
  const records = new Map<string, { object: string; body: string }>()
  for (const one of acts) {
    if (one.kind === 'name') names.set(one.object, one.name)
    else if (one.body === null) records.delete(one.key)
    else records.set(one.key, { object: one.object, body: one.body })
  }
  return Object.fromEntries(
    [...records].map(([key, { object, body }]) => [key, `${body} of ${names.get(object) ?? '?'}`]),
  )
}
