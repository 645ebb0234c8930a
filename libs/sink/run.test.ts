import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { ArtifactState } from '@attio-stream/contracts'
import type { Artifact } from '@attio-stream/crm'
import type { RunningApp } from '@attio-stream/service'
import { createLogger } from '@attio-stream/service'
import { LogUnavailable, type MemoryLog, memoryCodec, memoryLog, type StoredMessage } from '@attio-stream/stream'
import { Registry } from 'prom-client'
import { givenDocument } from './given.ts'
import { MemorySink, type MemorySinkOptions } from './memory-sink.ts'
import { runSink, type SinkRunOptions, sinkGroup } from './run.ts'
import { StoreError } from './sink.ts'

const TOPIC = 'crm.artifacts'
const WORKSPACE = 'w1'
const codec = memoryCodec()

const until = async (what: string, is: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 10_000
  while (!(await is())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** An artifact whose document has this title. */
const alive = (record: string, name: string): ArtifactState => ({
  workspace_id: WORKSPACE,
  object_id: 'o1',
  object_slug: 'companies',
  hash: name,
  deleted: false,
  fence: 0,
  record_offset: -1,
  body: JSON.stringify({ workspace: WORKSPACE, record, name, attributes: [] }),
})
const dead = (record: string): ArtifactState => ({ ...alive(record, ''), deleted: true, hash: '', body: null })
const format = (artifact: Artifact) =>
  givenDocument({ id: artifact.record, workspace: artifact.workspace }, { title: artifact.name ?? '' })

interface World {
  readonly log: MemoryLog
  readonly sink: MemorySink
  readonly metrics: Registry
  /** Appends to crm.artifacts; the partition is the digit the key ends in. */
  send(key: string, value: ArtifactState | Buffer | null): Promise<void>
  run(more?: Partial<SinkRunOptions>, mortal?: boolean): RunningApp
  committed(): Promise<readonly number[]>
  letters(): Promise<readonly (StoredMessage & { letter: ReturnType<typeof letterOf> })[]>
}
const letterOf = (message: StoredMessage) => codec.decode('crm.dead-letters', message.value as Buffer)
const partitionOf = (key: string) => Number(key.at(-1)) % 2

function world(t: TestContext, options: MemorySinkOptions = {}): World {
  const log = memoryLog({ topics: { [TOPIC]: 2, 'crm.dead-letters': 1 } })
  const sink = new MemorySink(options)
  const metrics = new Registry()
  const apps: RunningApp[] = []
  t.after(async () => {
    await Promise.all(apps.map((app) => app.stop()))
  })
  return {
    log,
    sink,
    metrics,
    async send(key, value) {
      const bytes = value === null || Buffer.isBuffer(value) ? value : codec.encode(TOPIC, value)
      const headers = { workspace: WORKSPACE }
      await log.produce([{ topic: TOPIC, partition: partitionOf(key), key, value: bytes, headers }])
    },
    run(more = {}, mortal = false) {
      const app = runSink({
        sink,
        log,
        codec: async () => codec,
        format,
        logger: createLogger({ level: 'silent' }),
        metrics,
        limits: { lingerMs: 1 },
        graceMs: 200,
        ...more,
      })
      if (!mortal) apps.push(app)
      return app
    },
    committed: () => log.committed(sinkGroup(sink.name), TOPIC),
    async letters() {
      const found: (StoredMessage & { letter: ReturnType<typeof letterOf> })[] = []
      const reader = log.read({
        topic: 'crm.dead-letters',
        from: new Map([[0, 0]]),
        until: 'end',
        onMessages: (_, messages) => {
          found.push(...messages.map((message) => ({ ...message, letter: letterOf(message) })))
        },
      })
      await reader.done
      return found
    },
  }
}
const titles = ({ sink }: World, ...ids: readonly string[]) =>
  ids.map((id) => sink.get(WORKSPACE, id)?.document.title ?? null)

test('an artifact becomes a document, a dead one a mark, and a tombstone nothing', async (t) => {
  const w = world(t)
  await w.send('a0', alive('a0', 'Company: A'))
  await w.send('b0', alive('b0', 'Company: B'))
  await w.send('b0', dead('b0'))
  await w.send('c1', dead('c1'))
  await w.send('c1', null)
  w.run()
  await until('all is committed', async () => String(await w.committed()) === '3,2')
  assert.deepEqual(titles(w, 'a0', 'b0', 'c1'), ['Company: A', null, null])
  const held = await Array.fromAsync(w.sink.scan())
  assert.deepEqual(
    held.map(({ id, version, deleted }) => ({ id, version, deleted })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    [
      { id: 'a0', version: 0, deleted: false },
      { id: 'b0', version: 2, deleted: true },
    ],
  )
})

test('within a batch only the newest of a document is written', async (t) => {
  const w = world(t)
  for (const name of ['1', '2', '3']) await w.send('a0', alive('a0', name))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 3)
  assert.deepEqual(
    w.sink.calls.flat().map(({ version }) => version),
    [2],
  )
})

test('partitions share a store call, up to the limit', async (t) => {
  const w = world(t)
  for (let n = 0; n < 40; n++) await w.send(`k${n}`, alive(`k${n}`, 'x'))
  w.run({ limits: { documents: 25, lingerMs: 5, concurrency: 1 } })
  await until('all is committed', async () => String(await w.committed()) === '20,20')
  assert.ok(w.sink.calls.every((call) => call.length <= 25))
  assert.ok(w.sink.calls.some((call) => new Set(call.map(({ partition }) => partition)).size === 2))
})

test('offsets are committed only after the write is durable', async (t) => {
  const durable = Promise.withResolvers<void>()
  const w = world(t, { after: () => durable.promise })
  await w.send('a0', alive('a0', 'x'))
  w.run()
  await until('the write is under way', () => w.sink.calls.length === 1)
  assert.equal((await w.committed())[0], -1)
  durable.resolve()
  await until('it is committed', async () => (await w.committed())[0] === 1)
})

test('a store that is down is tried again without end, the sink is amber meanwhile and says why', async (t) => {
  let down = true
  const w = world(t, {
    before: () => {
      if (down) throw new StoreError('the disk is full')
    },
  })
  await w.send('a0', alive('a0', 'x'))
  const app = w.run()
  await until('it is amber', () => app.health().state === 'amber')
  assert.match(app.health().reason, /memory cannot be written: the disk is full/)
  await until('it was tried three times', () => w.sink.calls.length >= 3)
  assert.equal((await w.committed())[0], -1)
  down = false
  await until('it is committed', async () => (await w.committed())[0] === 1)
  await until('it is green', () => app.health().state === 'green')
})

test('only what a store says is left is written again', async (t) => {
  let first = true
  const w = world(t, {
    before: (writes) => {
      if (!first) return
      first = false
      throw new StoreError('busy', { remaining: writes.filter(({ id }) => id === 'b0') })
    },
  })
  await w.send('a0', alive('a0', 'x'))
  await w.send('b0', alive('b0', 'x'))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 2)
  assert.deepEqual(
    w.sink.calls.map((call) => call.map(({ id }) => id)),
    [['b0', 'a0'], ['b0']],
  )
})

test('a store that cannot be opened makes the sink amber, and it opens later', async (t) => {
  let down = true
  const w = world(t, {
    opening: () => {
      if (down) throw new StoreError('nobody listens')
    },
  })
  const app = w.run()
  await until('it is amber', () => app.health().state === 'amber')
  assert.match(app.health().reason, /cannot be opened: nobody listens/)
  down = false
  await until('it is green', () => app.health().state === 'green')
})

test('a store of another shape stops the sink with its sentence', async (t) => {
  const w = world(t, {
    opening: () => {
      throw new Error('The table has another shape.')
    },
  })
  const app = w.run()
  await assert.rejects(app.failed, /another shape/)
  assert.equal(app.health().state, 'red')
})

test('a refused document is buried with its bytes and its neighbours are written', async (t) => {
  const w = world(t, { refuse: ({ document }) => (document.title === 'bad' ? 'The store never takes it.' : undefined) })
  await w.send('a0', alive('a0', 'good'))
  await w.send('b0', alive('b0', 'bad'))
  await w.send('c0', alive('c0', 'good'))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 3)
  assert.deepEqual(titles(w, 'a0', 'b0', 'c0'), ['good', null, 'good'])
  const [letter, ...others] = await w.letters()
  assert.equal(others.length, 0)
  assert.equal(letter?.key, 'b0')
  const { buried_at, value, key, ...rest } = letter?.letter ?? assert.fail()
  assert.deepEqual(rest, {
    workspace_id: WORKSPACE,
    stage: 'sink-memory',
    reason: 'The store never takes it.',
    attempts: 1,
    topic: TOPIC,
    partition: 0,
    offset: 1,
  })
  assert.ok(buried_at > 0)
  assert.equal(String(key), 'b0')
  assert.deepEqual(value, codec.encode(TOPIC, alive('b0', 'bad')))
})

test('a message that is no artifact is buried and stops nobody', async (t) => {
  const w = world(t)
  await w.send('a0', Buffer.from('not avro at all'))
  await w.send('b0', { ...alive('b0', 'x'), body: 'not json' })
  await w.send('c0', { ...alive('other', 'x') })
  await w.send('d0', alive('d0', 'good'))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 4)
  assert.deepEqual(titles(w, 'd0'), ['good'])
  assert.deepEqual((await w.letters()).map(({ key }) => key).sort(), ['a0', 'b0', 'c0'])
})

test('a later version of a buried document supersedes it', async (t) => {
  const w = world(t, { refuse: ({ document }) => (document.title === 'bad' ? 'Never.' : undefined) })
  await w.send('a0', alive('a0', 'bad'))
  w.run()
  await until('it is buried', async () => (await w.letters()).length === 1)
  await w.send('a0', alive('a0', 'good'))
  await until('it is committed', async () => (await w.committed())[0] === 2)
  assert.deepEqual(titles(w, 'a0'), ['good'])
})

test('the newest version that can be read stands for one that cannot', async (t) => {
  const w = world(t)
  await w.send('a0', alive('a0', 'good'))
  await w.send('a0', Buffer.from('not avro at all'))
  w.run()
  await until('it is committed', async () => (await w.committed())[0] === 2)
  assert.deepEqual(titles(w, 'a0'), ['good'])
  assert.equal((await w.letters()).length, 1)
})

test('when most documents are refused the sink stops, red, and buries none of that batch', async (t) => {
  const w = world(t, { refuse: () => 'The mapping has no such field.' })
  for (let n = 0; n < 30; n++) await w.send(`k${n}0`, alive(`k${n}0`, 'x'))
  const app = w.run({ limits: { documents: 100, lingerMs: 50 } })
  await until('it is red', () => app.health().state === 'red')
  assert.match(app.health().reason, /the sink memory is wrong, not the data: The mapping has no such field/)
  assert.equal((await w.letters()).length, 0)
  assert.equal((await w.committed())[0], -1)
  await app.stop()
})

test('a dead letter that cannot be written stops the sink and nothing is committed', async (t) => {
  const w = world(t, { refuse: () => 'Never.' })
  await w.send('a0', alive('a0', 'x'))
  const log: MemoryLog = Object.create(w.log, {
    produce: { value: async () => Promise.reject(new LogUnavailable('no brokers')) },
  })
  for (const name of ['join', 'partitions', 'ends', 'beginnings', 'committed'] as const)
    Object.defineProperty(log, name, { value: w.log[name].bind(w.log) })
  const app = w.run({ log })
  await assert.rejects(app.failed, LogUnavailable)
  assert.equal((await w.committed())[0], -1)
})

test('a bug of the formatter stops the sink loudly and buries nothing', async (t) => {
  const w = world(t)
  await w.send('a0', alive('a0', 'x'))
  const app = w.run({
    format: () => {
      throw new TypeError('undefined is not a function')
    },
  })
  await assert.rejects(app.failed, TypeError)
  assert.equal(app.health().state, 'red')
  assert.equal((await w.letters()).length, 0)
  assert.equal((await w.committed())[0], -1)
})

test('a stop finishes the batch in hand, commits it, and leaves the rest', async (t) => {
  const durable = Promise.withResolvers<void>()
  const w = world(t, { after: () => durable.promise })
  await w.send('a0', alive('a0', 'x'))
  const app = w.run({ graceMs: 5000 })
  await until('the write is under way', () => w.sink.calls.length === 1)
  await w.send('b0', alive('b0', 'y'))
  const stopped = app.stop()
  durable.resolve()
  await stopped
  assert.equal((await w.committed())[0], 1)
  assert.equal(w.sink.closed, true)
  assert.equal(w.sink.calls.length, 1)
})

test('a stop does not wait for a store that is down', async (t) => {
  const w = world(t, {
    before: () => {
      throw new StoreError('down')
    },
  })
  await w.send('a0', alive('a0', 'x'))
  const app = w.run({ graceMs: 60_000 })
  await until('it is amber', () => app.health().state === 'amber')
  await app.stop()
  assert.equal((await w.committed())[0], -1)
})

test('a stop ends a write that hangs after the grace', async (t) => {
  const w = world(t, {
    before: (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
  })
  await w.send('a0', alive('a0', 'x'))
  const app = w.run({ graceMs: 20 })
  await until('the write is under way', () => w.sink.calls.length === 1)
  await app.stop()
  assert.equal((await w.committed())[0], -1)
})

test('killed between write and commit, the next one writes the same again and nothing changes', async (t) => {
  const w = world(t, { after: () => new Promise(() => {}) })
  await w.send('a0', alive('a0', 'x'))
  const doomed = w.log.connect()
  w.run({ log: doomed }, true)
  await until('it is written', () => w.sink.calls.length === 1)
  doomed.crash()
  const next = new MemorySink()
  w.run({ sink: next, metrics: new Registry() })
  await until('it is committed', async () => (await w.committed())[0] === 1)
  assert.equal(next.get(WORKSPACE, 'a0')?.version, 0)
})

test('a partition that goes to another member is finished there, each message by somebody', async (t) => {
  const w = world(t)
  const ids = Array.from({ length: 200 }, (_, n) => `r${n}`)
  const first = w.run({ limits: { documents: 3, lingerMs: 0 } })
  for (const id of ids.slice(0, 100)) await w.send(id, alive(id, 'one'))
  w.run({ log: w.log.connect(), metrics: new Registry(), limits: { documents: 3, lingerMs: 0 } })
  for (const id of ids.slice(100)) await w.send(id, alive(id, 'two'))
  await first.stop()
  await until('all is committed', async () => String(await w.committed()) === '100,100')
  assert.equal(titles(w, ...ids).filter((title) => title === null).length, 0)
})

test('no more is read while the queue is full', async (t) => {
  const durable = Promise.withResolvers<void>()
  const w = world(t, { before: () => durable.promise })
  const big = 'x'.repeat(10_000)
  for (let n = 0; n < 600; n++) await w.send(`k${n}0`, alive(`k${n}0`, big))
  const log = w.log
  let delivered = 0
  const counting: MemoryLog = Object.create(log, {
    join: {
      value: (options: Parameters<MemoryLog['join']>[0]) =>
        log.join({
          ...options,
          handler: {
            assigned: options.handler.assigned.bind(options.handler),
            revoked: options.handler.revoked.bind(options.handler),
            messages: async (topic, partition, messages) => {
              delivered += messages.length
              await options.handler.messages(topic, partition, messages)
            },
          },
        }),
    },
  })
  for (const name of ['partitions', 'ends', 'beginnings', 'committed', 'produce'] as const)
    Object.defineProperty(counting, name, { value: log[name].bind(log) })
  w.run({ log: counting, limits: { documents: 10, lingerMs: 0, queueBytes: 100_000 } })
  await until('a write waits', () => w.sink.calls.length === 1)
  for (let n = 0; n < 100; n++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(delivered, 500, 'one delivery of the memory log, then it waits')
  durable.resolve()
  await until('all is committed', async () => (await w.committed())[0] === 600)
})

test('freshness, writes, retries, dead letters and lag are measured', async (t) => {
  let busy = true
  const w = world(t, {
    before: () => {
      if (busy) throw new StoreError('busy')
    },
    refuse: ({ document }) => (document.title === 'bad' ? 'Never.' : undefined),
  })
  await w.send('a0', alive('a0', 'good'))
  await w.send('b0', alive('b0', 'bad'))
  await w.send('c1', dead('c1'))
  w.run()
  await until('it was tried', () => w.sink.calls.length > 0)
  assert.match(await w.metrics.metrics(), /sink_lag_messages 3/)
  busy = false
  await until('all is committed', async () => String(await w.committed()) === '2,1')
  const page = async () => await w.metrics.metrics()
  await until('all is counted', async () => /sink_freshness_seconds_count 3/.test(await page()))
  assert.match(await page(), /sink_writes_total{kind="put"} 1/)
  assert.match(await page(), /sink_writes_total{kind="delete"} 1/)
  assert.match(await page(), /sink_dead_letters_total 1/)
  assert.match(await page(), /sink_lag_messages 0/)
  assert.match(await page(), /sink_retries_total [1-9]/)
})

test('a registry that is away buries nothing', async (t) => {
  let away = true
  const w = world(t)
  await w.send('a0', alive('a0', randomUUID()))
  const flaky = {
    encode: codec.encode.bind(codec),
    decode: codec.decode.bind(codec),
    prepare: async () => {
      if (away) throw new LogUnavailable('the registry is away')
    },
  }
  const app = w.run({ codec: async () => flaky })
  await until('it is amber', () => app.health().state === 'amber')
  away = false
  await until('it is committed', async () => (await w.committed())[0] === 1)
  assert.equal((await w.letters()).length, 0)
})
