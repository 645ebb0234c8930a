/** What is turbopuffer's own about the sink, against the emulator; the promises of every sink are in conformance.test.ts. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { localEmbedder } from '@attio-stream/embedder'
import { type Holding, type Sink, StoreError, type Write } from '@attio-stream/sink'
import { givenDelete, givenDocument, givenForget, givenPut } from '@attio-stream/sink/given'
import { startTurbopufferEmulator, type TurbopufferEmulator } from '@attio-stream/test/turbopuffer'
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import { createTurbopufferSink, type TurbopufferSinkOptions } from './sink.ts'

const forever = new AbortController().signal
const naming = { prefix: 'test-', generation: 1 }
const options = (emulator: TurbopufferEmulator): TurbopufferSinkOptions => ({
  client: new Turbopuffer({ baseURL: emulator.url, apiKey: emulator.apiKey, region: null, logLevel: 'off' }),
  embedder: localEmbedder(),
  naming,
})

describe('on turbopuffer', () => {
  let emulator: TurbopufferEmulator
  let sink: Sink
  const workspace = 'w1'
  const namespace = 'test-w1-g1'
  const write = (...writes: readonly Write[]) => sink.write(writes, forever)
  const stored = () => emulator.store.rows(namespace)
  const live = () => stored().filter((row) => !row.deleted)
  const writeRequests = () => emulator.counters.values().requests.write ?? 0
  const held = async (): Promise<Holding[]> => {
    const found: Holding[] = []
    for await (const holding of sink.scan()) found.push(holding)
    return found
  }
  before(async () => {
    emulator = await startTurbopufferEmulator()
  })
  after(() => emulator.stop())
  test.beforeEach(async () => {
    for (const name of emulator.store.namespaces()) emulator.store.delete(name)
    emulator.faults.clear()
    emulator.counters.reset()
    sink = createTurbopufferSink(options(emulator))
    await sink.open(forever)
  })

  test('a batch of one partition is one request, whatever is in it', async () => {
    await write(givenPut({ id: 'old', workspace, version: 1 }))
    emulator.counters.reset()
    await write(
      givenPut({ id: 'a', workspace, version: 2 }, { lines: ['x', 'y'] }),
      givenDelete({ id: 'b', workspace, version: 3 }),
      givenForget({ id: 'old', workspace, version: 4 }),
    )
    assert.equal(writeRequests(), 1)
    assert.deepEqual(
      live().map((row) => row.record_id),
      ['a', 'a'],
    )
  })

  test('partitions are written apart, because their versions cannot be compared', async () => {
    await write(
      givenPut({ id: 'a', workspace, version: 1, partition: 0 }, { lines: ['x', 'y', 'z'] }),
      givenPut({ id: 'b', workspace, version: 900, partition: 1 }),
    )
    assert.equal(writeRequests(), 2)
    await write(
      givenPut({ id: 'a', workspace, version: 2, partition: 0 }, { lines: ['x'] }),
      givenPut({ id: 'c', workspace, version: 901, partition: 1 }),
    )
    await write(givenPut({ id: 'a', workspace, version: 3, partition: 0 }, { lines: ['x', 'y', 'z'] }))
    assert.equal(live().filter((row) => row.record_id === 'a').length, 3)
  })

  test('rows beyond the new end become marks without text, in the same request, and are raised by the next version only', async () => {
    await write(givenPut({ id: 'a', workspace, version: 1 }, { lines: ['x', 'y', 'z'] }))
    const older = givenPut({ id: 'a', workspace, version: 1 }, { lines: ['x', 'y', 'z'] })
    await write(
      givenPut({ id: 'a', workspace, version: 5 }, { lines: ['x'] }),
      givenPut({ id: 'b', workspace, version: 9 }),
    )
    const marks = stored().filter((row) => row.deleted)
    assert.deepEqual(
      marks.map((row) => [row.version, row.text ?? null, row.title ?? null]),
      [
        [9, null, null],
        [9, null, null],
      ],
    )
    await write(older)
    assert.equal(live().filter((row) => row.record_id === 'a').length, 1)
    await write(givenPut({ id: 'a', workspace, version: 10 }, { lines: ['x', 'y'] }))
    assert.equal(live().filter((row) => row.record_id === 'a').length, 2)
  })

  test('a late writer whose longer document was never stored takes its rows back', async () => {
    await write(
      givenPut({ id: 'a', workspace, version: 7 }, { lines: ['new'] }),
      givenDelete({ id: 'b', workspace, version: 8 }),
    )
    await write(
      givenPut({ id: 'a', workspace, version: 5 }, { lines: ['old', 'old', 'old'] }),
      givenPut({ id: 'b', workspace, version: 6 }, { lines: ['old', 'old'] }),
    )
    assert.deepEqual(
      live().map((row) => [row.record_id, row.version]),
      [['a', 7]],
    )
    assert.deepEqual(
      (await held()).map(({ id, version, deleted }) => [id, version, deleted]),
      [
        ['a', 7, false],
        ['b', 8, true],
      ],
    )
  })

  test('a writer that dies before taking its late rows back leaves a torn document, which scan shows and the next version mends', async () => {
    await write(givenPut({ id: 'a', workspace, version: 7 }, { lines: ['new'] }))
    emulator.faults.add({ kind: 'status', status: 503, operation: 'write', skip: 1, times: 1 })
    await assert.rejects(write(givenPut({ id: 'a', workspace, version: 5 }, { lines: ['old', 'old'] })), StoreError)
    assert.deepEqual(
      (await held()).map(({ hash }) => hash),
      ['torn'],
    )
    const mended = givenPut({ id: 'a', workspace, version: 8 }, { lines: ['newer'] })
    await write(mended)
    assert.deepEqual(
      (await held()).map(({ hash }) => hash),
      [mended.hash],
    )
  })

  test('trouble in one namespace leaves only its writes to be repeated, and says when', async () => {
    const good = givenPut({ id: 'a', workspace, version: 1 })
    const bad = givenPut({ id: 'b', workspace: 'w2', version: 2 })
    emulator.faults.add({ kind: 'status', status: 429, retryAfter: 3, operation: 'write', namespace: 'w2', times: 1 })
    await assert.rejects(write(good, bad), (error: unknown) => {
      assert.ok(error instanceof StoreError)
      assert.deepEqual(error.remaining, [bad])
      assert.equal(error.retryAfterMs, 3000)
      return true
    })
    assert.equal(live().length, 1)
    assert.equal(emulator.counters.values().requests['write 429'], 1, 'the client does not retry by itself')
  })

  test('being asked to slow down is told as that, whether or not it is said until when', async () => {
    for (const when of [{ retryAfter: 1 }, {}]) {
      emulator.faults.add({ kind: 'status', status: 429, ...when, operation: 'write', times: 1 })
      const one = givenPut({ id: 'a', workspace, version: 1 })
      await assert.rejects(write(one), (error: unknown) => error instanceof StoreError && error.busy)
    }
    emulator.faults.add({ kind: 'status', status: 500, operation: 'write', times: 1 })
    const one = givenPut({ id: 'a', workspace, version: 1 })
    await assert.rejects(write(one), (error: unknown) => error instanceof StoreError && !error.busy)
  })

  test('a connection that breaks before or after the request, a 500 and a wrong key may all heal', async () => {
    for (const fault of [
      { kind: 'drop-before' },
      { kind: 'drop-after' },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 401 },
    ] as const) {
      emulator.faults.add({ ...fault, operation: 'write', times: 1 })
      await assert.rejects(write(givenPut({ id: 'a', workspace, version: 1 })), StoreError, fault.kind)
    }
    await write(givenPut({ id: 'a', workspace, version: 1 }))
    assert.equal(live().length, 1)
  })

  test('of a thousand documents the refused ones are found by halving, in few requests', async () => {
    emulator.faults.add({
      kind: 'status',
      status: 400,
      operation: 'write',
      bodyContains: 'poison',
      error: "bad value 'poison text'",
    })
    const writes = Array.from({ length: 1000 }, (_, i) =>
      givenPut({ id: `r${i}`, workspace, version: i }, { lines: [i === 123 || i === 777 ? 'poison' : 'fine'] }),
    )
    const refusals = await write(...writes)
    assert.deepEqual(
      refusals.map(({ write: { id } }) => id),
      ['r123', 'r777'],
    )
    assert.match(refusals[0]?.reason ?? '', /status 400/)
    assert.doesNotMatch(refusals[0]?.reason ?? '', /poison/)
    assert.equal(live().length, 998)
    assert.ok(writeRequests() <= 2 * 2 * Math.ceil(Math.log2(1000)) + 2, `${writeRequests()} requests`)
  })

  test('a type that another instance gave an attribute meanwhile keeps the copy out, not the document', async () => {
    await write(givenPut({ id: 'a', workspace, version: 1 }))
    const other = new Turbopuffer({ baseURL: emulator.url, apiKey: emulator.apiKey, region: null }).namespace(namespace)
    await other.updateSchema({ schema: { custom_number_seats: 'string' } })
    assert.deepEqual(
      await write(
        givenPut({ id: 'b', workspace, version: 2 }, { metadata: { custom_number_seats: 5 } }),
        givenPut({ id: 'c', workspace, version: 3 }),
      ),
      [],
    )
    assert.deepEqual(
      live()
        .map((row) => row.record_id)
        .sort(),
      ['a', 'b', 'c'],
    )
    assert.equal(stored().find((row) => row.record_id === 'b')?.metadata, '{"custom_number_seats":5}')
  })

  test('large batches go in several requests, and a document is never in two', async () => {
    sink = createTurbopufferSink({ ...options(emulator), requestRows: 10 })
    await write(
      ...Array.from({ length: 8 }, (_, i) =>
        givenPut({ id: `r${i}`, workspace, version: i }, { lines: ['a', 'b', 'c', 'd'] }),
      ),
    )
    assert.equal(writeRequests(), 4)
    assert.equal(live().length, 32)
  })

  test('a namespace made for other vectors stops the sink, another generation has its own', async () => {
    await write(givenPut({ id: 'a', workspace, version: 1 }))
    const other = {
      ...localEmbedder(),
      dimensions: 8,
      embed: async (texts: readonly string[]) => texts.map(() => new Float32Array(8).fill(0.5)),
    }
    const wrong = createTurbopufferSink({ ...options(emulator), embedder: other })
    await assert.rejects(wrong.open(forever), /holds vectors of type \[256\]f32/)
    const next = createTurbopufferSink({
      ...options(emulator),
      embedder: other,
      naming: { prefix: 'test-', generation: 2 },
    })
    await next.open(forever)
    await next.write([givenPut({ id: 'a', workspace, version: 1 })], forever)
    assert.deepEqual(emulator.store.namespaces(), ['test-w1-g1', 'test-w1-g2'])
    assert.equal((await held()).length, 1)
  })

  test('scan pages through a namespace and groups the rows of each document', async () => {
    await write(
      ...Array.from({ length: 30 }, (_, i) =>
        givenPut({ id: `r${i}`, workspace, version: i }, { lines: ['a', 'b', 'c'] }),
      ),
    )
    const { holdingsOf } = await import('./holdings.ts')
    const client = options(emulator).client
    const found: Holding[] = []
    for await (const holding of holdingsOf(client, namespace, workspace, 7)) found.push(holding)
    assert.deepEqual(found.length, 30)
    assert.ok(found.every(({ hash, deleted }) => hash.length === 64 && !deleted))
  })

  test('a document without chunks is found by its title, a workspace that cannot be a name is refused', async () => {
    const document = givenDocument({ id: 'a', workspace }, { chunks: [] })
    await write({ ...givenPut({ id: 'a', workspace, version: 1 }), document })
    assert.deepEqual(
      live().map((row) => row.text),
      [document.title],
    )
    const refusals = await write(
      givenPut({ id: 'b', workspace: 'no such name', version: 2 }),
      givenForget({ id: 'c', workspace: '', version: 3 }),
    )
    assert.equal(refusals.length, 2)
  })
})
