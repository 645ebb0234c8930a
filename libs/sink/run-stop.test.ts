import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { LogUnavailable, type MemoryLog } from '@attio-stream/stream'
import { Registry } from 'prom-client'
import { alive, codec, dead, titles, until, WORKSPACE, world } from './given-run.ts'
import { MemorySink } from './memory-sink.ts'
import { StoreError } from './sink.ts'

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
  assert.match(await page(), /dead_letters_total\{stage="sink-memory",fault="refused"\} 1/)
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
