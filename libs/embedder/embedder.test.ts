import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { EmbedderError } from './embedder.ts'
import { localEmbedder } from './local.ts'
import { openAiCompatible } from './openai-compatible.ts'

const forever = new AbortController().signal
const dot = (a: Float32Array | null | undefined, b: Float32Array | null | undefined): number =>
  a && b ? a.reduce((sum, element, i) => sum + element * (b[i] ?? 0), 0) : 0

test('the local embedder gives the same unit vector for the same text, and something for any text', async () => {
  const texts = ['Deal: Northwind – annual licence', '', '…', '東京株式会社', 'half \ud83d pair']
  const [first, second] = await Promise.all([
    localEmbedder().embed(texts, forever),
    localEmbedder().embed(texts, forever),
  ])
  assert.deepEqual(first, second)
  for (const vector of first) assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-5)
  assert.equal(
    first[0]?.[17]?.toFixed(6),
    (await localEmbedder().embed([texts[0] ?? ''], forever))[0]?.[17]?.toFixed(6),
  )
})

test('texts that share words or parts of words are nearer than texts that do not', async () => {
  const [query, same, form, other] = await localEmbedder().embed(
    [
      'negotiation with Northwind Traders',
      'Northwind Traders: contract',
      'we are negotiating',
      'a recipe for apple pie',
    ],
    forever,
  )
  assert.ok(dot(query, same) > dot(query, form))
  assert.ok(dot(query, form) > dot(query, other) + 0.05)
})

type Answer = (
  body: { input: string[]; model: string; dimensions?: number },
  request: IncomingMessage,
) => { status: number; headers?: Record<string, string>; body?: unknown }
async function endpoint(t: TestContext, answer: Answer): Promise<{ url: string; calls: string[][] }> {
  const calls: string[][] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = JSON.parse(Buffer.concat(chunks).toString())
    calls.push(body.input)
    const { status, headers = {}, body: result } = answer(body, request)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(result ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, calls }
}
const embeddings = (input: readonly string[]) => ({
  data: input.map((text, index) => ({ index, embedding: [text.length, 0] })).reverse(),
})

test('a remote embedder asks in portions, keeps the order, normalises, and sends its key', async (t) => {
  const { url, calls } = await endpoint(t, ({ input, model, dimensions }, request) => {
    assert.equal(request.headers.authorization, 'Bearer secret')
    assert.deepEqual([request.url, model, dimensions], ['/v1/embeddings', 'm', 2])
    return { status: 200, body: embeddings(input) }
  })
  const embedder = openAiCompatible({
    url,
    model: 'm',
    apiKey: 'secret',
    dimensions: 2,
    askDimensions: true,
    batchTexts: 2,
  })
  assert.deepEqual(await embedder.embed(['a', 'bb', 'ccc'], forever), Array(3).fill(Float32Array.of(1, 0)))
  assert.deepEqual(calls.map((call) => call.length).sort(), [1, 2])
})

test('vectors may come as base64', async (t) => {
  const embedding = Buffer.from(Float32Array.of(0, 3).buffer).toString('base64')
  const { url } = await endpoint(t, () => ({ status: 200, body: { data: [{ index: 0, embedding }] } }))
  assert.deepEqual(await openAiCompatible({ url, model: 'm', dimensions: 2 }).embed(['a'], forever), [
    Float32Array.of(0, 1),
  ])
})

test('a short Retry-After is waited for, a long one is passed on', async (t) => {
  let left = 1
  const { url, calls } = await endpoint(t, ({ input }) =>
    left-- > 0 ? { status: 429, headers: { 'retry-after': '0' } } : { status: 200, body: embeddings(input) },
  )
  const embedder = openAiCompatible({ url, model: 'm', dimensions: 2 })
  assert.equal((await embedder.embed(['a'], forever)).length, 1)
  assert.equal(calls.length, 2)
  const { url: slow } = await endpoint(t, () => ({ status: 429, headers: { 'retry-after': '60' } }))
  await assert.rejects(
    openAiCompatible({ url: slow, model: 'm', dimensions: 2 }).embed(['a'], forever),
    (error: unknown) => {
      assert.ok(error instanceof EmbedderError)
      assert.equal(error.retryAfterMs, 60_000)
      return true
    },
  )
})

test('a refused text is given up alone, its neighbours are embedded', async (t) => {
  const { url } = await endpoint(t, ({ input }) =>
    input.includes('bad') ? { status: 400 } : { status: 200, body: embeddings(input) },
  )
  const found = await openAiCompatible({ url, model: 'm', dimensions: 2 }).embed(['a', 'bad', 'c', 'd'], forever)
  assert.deepEqual(
    found.map((vector) => vector !== null),
    [true, false, true, true],
  )
})

test('no answer, a wrong key and a wrong shape may heal; wrong dimensions may not', async (t) => {
  const ask = (url: string) => openAiCompatible({ url, model: 'm', dimensions: 2, attempts: 1 }).embed(['a'], forever)
  await assert.rejects(ask('http://127.0.0.1:1'), EmbedderError)
  const { url: key } = await endpoint(t, () => ({ status: 401 }))
  await assert.rejects(ask(key), { name: 'EmbedderError', message: /401.*EMBEDDINGS_API_KEY/ })
  const { url: shape } = await endpoint(t, () => ({ status: 200, body: { data: [] } }))
  await assert.rejects(ask(shape), EmbedderError)
  const { url: wide } = await endpoint(t, () => ({ status: 200, body: { data: [{ index: 0, embedding: [1, 2, 3] }] } }))
  await assert.rejects(ask(wide), { name: 'Error', message: /3 dimensions, but EMBEDDINGS_DIMENSIONS says 2/ })
})
