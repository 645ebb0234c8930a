import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TransactionLimits } from './batch.ts'
import { LogUnavailable } from './errors.ts'
import type { Log } from './log.ts'
import type { MemoryLog } from './memory-log.ts'
import { sleep } from './retry.ts'
import { freshDirectory, messages, newLog, send, shows, start } from './run.rig.ts'
import type { Clock } from './run-context.ts'
import { sampleName, sampleRecord } from './sample-stage.ts'

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
      fc.constantFrom(1, 2, 2_000),
      simulate,
    ),
    { numRuns: 60 },
  )
})

/** `refused`: as many transactions of the last process are aborted by the brokers before they commit. `outputs`: of one transaction. */
async function simulate(acts: readonly Act[], lives: readonly Life[], refused: number, outputs: number): Promise<void> {
  const broker = newLog()
  const limits = { outputs, bytes: 1_000_000 }
  let directory = freshDirectory()
  const chunk = Math.ceil(acts.length / (lives.length + 1))
  for (const [index, { dies, keepsDisk }] of lives.entries()) {
    await perform(broker, acts.slice(index * chunk, (index + 1) * chunk))
    await live(broker, directory, { dies, limits })
    if (!keepsDisk) directory = freshDirectory()
  }
  let refusals = refused
  const last = broker.connect({
    pause: async (point) => {
      if (point === 'end' && refusals-- > 0) throw new LogUnavailable('refused')
    },
  })
  const running = start(last, directory, { limits })
  await perform(broker, acts.slice(lives.length * chunk))
  try {
    await shows(broker, outcome(acts))
    await nothingTwice(broker)
    await nothingForgottenThatLives(broker, acts)
  } finally {
    await running.stop()
  }
}

test('a key of which log compaction left only what is not committed yet is not taken for forgotten', async () => {
  const broker = newLog()
  await send(broker, 'crm.records', 'r', sampleRecord('o', 'old'))
  const first = start(broker.connect(), freshDirectory())
  await shows(broker, { r: 'old of ?' })
  await first.stop()
  await send(broker, 'crm.records', 'r', sampleRecord('o', 'new'))
  broker.compact('crm.records')
  const second = start(broker.connect(), freshDirectory())
  try {
    await shows(broker, { r: 'new of ?' })
    const written = await messages(broker, 'crm.artifacts')
    assert.deepEqual(
      written.filter(({ value }) => value === null),
      [],
    )
  } finally {
    await second.stop()
  }
})

test('outputs committed ahead of the input they follow from are not taken for those of forgotten records', async () => {
  const broker = newLog()
  const directory = freshDirectory()
  const first = start(broker.connect(), directory)
  await send(broker, 'crm.records', 'r1', sampleRecord('o', 'old'))
  await shows(broker, { r1: 'old of ?' })
  await first.stop()
  // Of more outputs than a transaction takes, and killed before the one with the offsets.
  const keys = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8']
  for (const key of keys) await send(broker, 'crm.records', key, sampleRecord('o', 'new'))
  let ends = 0
  const killed = Promise.withResolvers<void>()
  const second = broker.connect({
    pause: async (point) => {
      if (point !== 'end' || ++ends < 3) return
      second.crash()
      killed.resolve()
    },
  })
  start(second, directory, { limits: { outputs: 1, bytes: 1_000_000 } })
  await killed.promise
  const before = await messages(broker, 'crm.artifacts')
  assert.ok(before.length > 1 && before.length < 1 + keys.length, `${before.length} were written before`)
  // With new global tables a task looks at everything it has.
  rmSync(join(directory, 'sample', 'globals'), { recursive: true })
  const third = start(broker.connect(), directory)
  try {
    await shows(broker, Object.fromEntries(keys.map((key) => [key, 'new of ?'])))
    const tombstones = (await messages(broker, 'crm.artifacts')).filter(({ value }) => value === null)
    assert.deepEqual(tombstones, [])
    await nothingTwice(broker)
  } finally {
    await third.stop()
  }
})

async function nothingForgottenThatLives(log: Log, acts: readonly Act[]): Promise<void> {
  const forgotten = new Set(acts.flatMap((one) => (one.kind === 'record' && one.body === null ? [one.key] : [])))
  for (const { key, value } of await messages(log, 'crm.artifacts'))
    assert.ok(value !== null || forgotten.has(key), `${key} was never forgotten, and its artifact was`)
}

async function nothingTwice(log: Log): Promise<void> {
  const hashes = new Map<string, string>()
  for (const { key, headers, value } of await messages(log, 'crm.artifacts')) {
    const hash = value === null ? 'gone' : String(headers.hash)
    assert.notEqual(hash, hashes.get(key) ?? 'gone', `${key} was written twice with the same content`)
    hashes.set(key, hash)
  }
}

test('stopped at any await, replaced, and woken as a zombie, a stage ends in the same output and writes nothing twice', async () => {
  const some = fc.array(act, { minLength: 1, maxLength: 10 })
  const turns = fc.integer({ min: 0, max: 40 })
  await fc.assert(fc.asyncProperty(fc.tuple(some, some, some), fc.integer({ min: 1, max: 150 }), turns, wakes), {
    numRuns: 60,
    // Every attempt to make a failure smaller waits for its deadline.
    endOnFailure: true,
  })
})

/** `stops`: the await at which it is stopped; `turns`: how many turns it has after waking before it hears that it was replaced. */
async function wakes([before, meanwhile, after]: readonly Act[][], stops: number, turns: number): Promise<void> {
  const broker = newLog()
  const stopped = Promise.withResolvers<void>()
  const woken = Promise.withResolvers<void>()
  let points = 0
  let asleep = false
  const sleeper = broker.connect({
    pause: async () => {
      if (++points === stops) asleep = true
      if (asleep) {
        stopped.resolve()
        await woken.promise
      }
      await new Promise((resolve) => setImmediate(resolve))
    },
  })
  const zombie = start(sleeper, freshDirectory())
  await perform(broker, before ?? [])
  // With nothing left to do it stops where it rests.
  await Promise.race([stopped.promise, new Promise((resolve) => setTimeout(resolve, 50))])
  asleep = true
  sleeper.expire()
  const heir = start(broker.connect(), freshDirectory())
  try {
    await perform(broker, meanwhile ?? [])
    await shows(broker, outcome([...(before ?? []), ...(meanwhile ?? [])]))
    asleep = false
    woken.resolve()
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    await sleeper.rejoin()
    await perform(broker, after ?? [])
    await shows(broker, outcome([...(before ?? []), ...(meanwhile ?? []), ...(after ?? [])]))
    await nothingTwice(broker)
  } finally {
    await Promise.all([zombie.stop(), heir.stop()])
  }
}

/** A process that is killed at its n-th await, or when it has nothing more to do. */
async function live(
  broker: MemoryLog,
  directory: string,
  { dies, limits }: { readonly dies: number; readonly limits: TransactionLimits },
): Promise<void> {
  const dead = Promise.withResolvers<void>()
  const clock = new MortalClock()
  let points = 0
  const kill = () => {
    process.crash()
    clock.stop()
    dead.resolve()
  }
  const process = broker.connect({
    pause: async () => {
      if (++points === dies) kill()
      await new Promise((resolve) => setImmediate(resolve))
    },
  })
  start(process, directory, { limits, clock })
  const idle = (async () => {
    for (let last = -1; last !== points; ) {
      last = points
      for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()
  await Promise.race([dead.promise, idle])
  kill()
}

/** A killed process writes nothing to the disk its successor opens: it ends at its next look at the clock, not at its next call of the log. */
class MortalClock implements Clock {
  #stopped = false

  stop(): void {
    this.#stopped = true
  }

  now(): number {
    if (this.#stopped) throw new LogUnavailable('killed')
    return Date.now()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#stopped ? new Promise(() => {}) : sleep(ms, signal)
  }
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
