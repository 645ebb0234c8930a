/** What embeddings cost: a model that counts, the cache on a real Postgres, namespaces on the emulator. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Paid } from '@attio-stream/embedder'
import { givenPut } from '@attio-stream/sink/given'
import { type Stack, startStack } from '@attio-stream/stack'
import { startTurbopufferEmulator, type TurbopufferEmulator } from '@attio-stream/test/turbopuffer'
import { storeSettings } from './config.ts'
import { TurbopufferStore } from './store.ts'

const forever = new AbortController().signal
let stack: Stack
let emulator: TurbopufferEmulator
let model: Server
/** Texts the model was asked for, request by request. */
const asked: (readonly string[])[] = []
const paid: Paid[] = []
let busy = 0

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'paid-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  emulator = await startTurbopufferEmulator()
  model = createServer(async (request, response) => {
    const { input } = JSON.parse((await request.toArray()).join('')) as { input: string[] }
    if (busy > 0) {
      busy--
      response.writeHead(429, { 'retry-after': '0' }).end()
      return
    }
    asked.push(input)
    const data = input.map((text, index) => ({ index, embedding: [text.length, 1, index, 2] }))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data, usage: { total_tokens: input.length * 7 } }))
  })
  model.listen(0, '127.0.0.1')
  await new Promise((resolve) => model.once('listening', resolve))
})
after(async () => {
  model?.closeAllConnections()
  await new Promise((resolve) => model?.close(resolve))
  await emulator?.stop()
  await stack?.stop()
})

/** A process of its own: nothing in memory is shared. */
const started = () =>
  new TurbopufferStore(
    storeSettings.parse({
      TURBOPUFFER_BASE_URL: emulator.url,
      TURBOPUFFER_API_KEY: emulator.apiKey,
      DATABASE_URL: stack.addresses.databaseUrl,
      EMBEDDINGS_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}`,
      EMBEDDINGS_DIMENSIONS: '4',
      EMBEDDINGS_BATCH_TEXTS: '10',
    }),
    { onPaid: (one) => paid.push(one) },
  )

const workspace = randomUUID()
const ids = Array.from({ length: 30 }, () => randomUUID())
type Changes = Parameters<typeof givenPut>[1]
const written = async (generation: number, changes: (n: number) => Changes) => {
  asked.length = 0
  const store = started()
  const sink = store.sink(generation)
  await sink.open(forever)
  const puts = ids.map((id, n) => givenPut({ id, workspace, version: 1 }, changes(n)))
  assert.deepEqual(await sink.write(puts, forever), [])
  await sink.close()
  await store.close()
  return asked.flat()
}
const lines = (n: number) => [`The first of ${n}.`, `The second of ${n}.`]
const title = 'Company: Northwind'

test('every text is paid once, in requests of many, and what it costs is counted', async () => {
  const texts = await written(1, (n) => ({ title, lines: lines(n) }))
  assert.deepEqual([texts.length, new Set(texts).size, asked.length], [60, 60, 6])
  const sum = (unit: keyof Paid) => paid.reduce((all, one) => all + one[unit], 0)
  const sums = [sum('texts'), sum('characters'), sum('tokens')]
  assert.deepEqual(sums, [60, texts.join('').length, 420])
})

test('a new generation by a formatter that leaves the chunks alone costs no embedding, after a restart too', async () => {
  const text = (n: number) => `Another order of sections for ${n}`
  assert.deepEqual(await written(2, (n) => ({ title, lines: lines(n), text: text(n), metadata: {} })), [])
  assert.equal(emulator.store.rows(`attio-${workspace}-g2`).length, 60)
})

test('of a formatter that changes one chunk of some documents only those chunks are paid', async () => {
  const changed = (n: number) => (n % 10 === 0 ? [`The first of ${n}.`, `Another second of ${n}.`] : lines(n))
  const texts = await written(3, (n) => ({ title, lines: changed(n) }))
  assert.deepEqual(texts.sort(), [0, 10, 20].map((n) => `${title}\n\nAnother second of ${n}.`).sort())
})

test('a model that asks to slow down is asked again, and the text is paid once', async () => {
  busy = 2
  const texts = await written(4, (n) => ({ title, lines: n === 0 ? ['Something new.'] : lines(n) }))
  assert.deepEqual([texts.length, busy], [1, 0])
})
