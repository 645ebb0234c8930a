import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import { apiError, emulatorCase } from './emulator-case.ts'

const noRetry = { maxRetries: 0 }
const one = { upsert_rows: [{ id: 1, name: 'x' }] }

test('a wrong key gets 401, a bad namespace name 400 in plain text', async (t) => {
  const { emulator, client } = await emulatorCase(t)
  const stranger = new Turbopuffer({ baseURL: emulator.url, apiKey: 'wrong', maxRetries: 0, logLevel: 'off' })
  await assert.rejects(stranger.namespace('demo').write(one, noRetry), apiError(401, 'API key'))
  await assert.rejects(
    client.namespace('bad name').write(one, noRetry),
    apiError(400, 'Invalid URL: Namespace contains invalid characters'),
  )
  await assert.rejects(client.namespace('x'.repeat(129)).write(one, noRetry), apiError(400, 'is too long'))
})

test('namespaces are listed by prefix, page by page, and deleted whole', async (t) => {
  const { client } = await emulatorCase(t)
  for (const name of ['a-1', 'a-2', 'a-3', 'b-1']) await client.namespace(name).write(one)
  const listed: string[] = []
  for await (const { id } of client.namespaces({ prefix: 'a-', page_size: 2 })) listed.push(id)
  assert.deepEqual(listed, ['a-1', 'a-2', 'a-3'])
  assert.deepEqual(await client.namespace('a-1').deleteAll(), { status: 'OK' })
  assert.equal(await client.namespace('a-1').exists(), false)
  assert.equal(await client.namespace('a-2').exists(), true)
  await assert.rejects(client.namespace('a-1').deleteAll(), apiError(404, 'was not found'))
})

test('schema and metadata show what was declared and inferred', async (t) => {
  const { ns } = await emulatorCase(t)
  await ns.write({
    upsert_rows: [{ id: 1, vector: [0.1, 0.1], title: 'one', private: true }],
    distance_metric: 'cosine_distance',
    schema: { title: { type: 'string', full_text_search: { stemming: true } }, vector: { type: '[2]f16', ann: true } },
  })
  const full_text_search = {
    k1: 1.2,
    b: 0.75,
    k3: 8,
    language: 'english',
    stemming: true,
    remove_stopwords: false,
    ascii_folding: false,
    case_sensitive: false,
    max_token_length: 39,
    tokenizer: 'word_v4',
  }
  assert.deepEqual(await ns.schema(), {
    id: { type: 'uint', filterable: null, full_text_search: null },
    title: { type: 'string', filterable: false, full_text_search },
    vector: { type: '[2]f16', ann: true, filterable: null, full_text_search: null },
    private: { type: 'bool', filterable: true, full_text_search: null },
  })
  const metadata = await ns.metadata()
  assert.equal(metadata.approx_row_count, 1)
  assert.deepEqual(metadata.index, { status: 'up-to-date' })
  assert.deepEqual(metadata.schema.vector, { type: '[2]f16', ann: { distance_metric: 'cosine_distance' } })
  assert.deepEqual(metadata.schema.private, { type: 'bool', filterable: true })
  assert.equal((await ns.hintCacheWarm()).status, 'ACCEPTED')
})

test('bodies may be gzipped, and are when the client compresses', async (t) => {
  const { emulator } = await emulatorCase(t)
  const client = new Turbopuffer({ baseURL: emulator.url, apiKey: emulator.apiKey, compression: true, maxRetries: 0 })
  const rows = Array.from({ length: 50 }, (_, id) => ({ id, text: 'word '.repeat(100) }))
  await client.namespace('demo').write({ upsert_rows: rows })
  const { rows: found } = await client
    .namespace('demo')
    .query({ rank_by: ['id', 'asc'], limit: 50, include_attributes: true })
  assert.deepEqual(found, rows)
  const response = await fetch(`${emulator.url}/v2/namespaces/demo`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator.apiKey}`, 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify({ deletes: [1] })),
  })
  assert.equal(response.status, 200)
  assert.equal(emulator.store.rows('demo').length, 49)
})

test('what is not JSON is 400, what has the wrong shape 422, what is too large 413', async (t) => {
  const { emulator, ns } = await emulatorCase(t, { sizes: { requestBytes: 2_000 } })
  const post = (body: string) =>
    fetch(`${emulator.url}/v2/namespaces/demo`, {
      method: 'POST',
      headers: { authorization: `Bearer ${emulator.apiKey}` },
      body,
    })
  assert.equal((await post('{')).status, 400)
  const shapeless = await post('{"upsert_rows": {"id": 1}}')
  assert.equal(shapeless.status, 422)
  assert.deepEqual(await shapeless.json(), {
    error:
      'Failed to deserialize the JSON body into the target type: upsert_rows: invalid type: map, expected a sequence',
    status: 'error',
  })
  await assert.rejects(
    ns.write({ upsert_rows: [{ id: 1, text: 'x'.repeat(3_000) }] }, noRetry),
    apiError(413, 'too large'),
  )
  await ns.write(one)
})

test('a status can be switched on, with and without Retry-After, and coming back too early is counted', async (t) => {
  const { emulator, ns } = await emulatorCase(t)
  emulator.faults.add({ kind: 'status', status: 429, retryAfter: 30, operation: 'write', times: 1 })
  const limited = await ns.write(one, noRetry).catch((error: unknown) => error as { status: number; headers: Headers })
  assert.ok('headers' in limited)
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '30'])
  assert.equal(emulator.counters.values().insideRetryAfter, 0)
  await ns.write(one)
  assert.equal(emulator.counters.values().insideRetryAfter, 1)
  emulator.faults.add({ kind: 'status', status: 500, skip: 1, times: 1 })
  await ns.write(one)
  await assert.rejects(ns.write(one, noRetry), apiError(500, 'switched on'))
  assert.deepEqual(emulator.counters.values().requests, { write: 4, 'write 429': 1, 'write 200': 2, 'write 500': 1 })
})

test('a connection can break before the request is applied and after it', async (t) => {
  const { emulator, ns } = await emulatorCase(t)
  emulator.faults.add({ kind: 'drop-before', times: 1 })
  await assert.rejects(ns.write(one, noRetry), { name: 'Error', message: /Connection error/ })
  assert.deepEqual(emulator.store.rows('demo'), [])
  emulator.faults.add({ kind: 'drop-after', times: 1 })
  await assert.rejects(ns.write(one, noRetry), { message: /Connection error/ })
  assert.deepEqual(emulator.store.rows('demo'), [{ id: 1, name: 'x' }])
})

test('faults meet only the requests they name, and can be switched over HTTP', async (t) => {
  const { emulator, ns } = await emulatorCase(t)
  const faults = `${emulator.url}/_control/faults`
  await fetch(faults, {
    method: 'POST',
    body: JSON.stringify([
      { kind: 'status', status: 503, operation: 'query' },
      { kind: 'status', status: 400, bodyContains: 'poison' },
    ]),
  })
  await ns.write(one)
  await assert.rejects(ns.query({ rank_by: ['id', 'asc'], limit: 1 }), apiError(503, 'switched on'))
  await assert.rejects(ns.write({ upsert_rows: [{ id: 2, name: 'poison' }] }, noRetry), apiError(400, 'switched on'))
  await fetch(faults, { method: 'DELETE' })
  await ns.query({ rank_by: ['id', 'asc'], limit: 1 })
  const counters = (await (await fetch(`${emulator.url}/_control/counters`)).json()) as { rowsUpserted: number }
  assert.equal(counters.rowsUpserted, 1)
})

test('with throughput limits on, a full backlog answers 429 until it drains', async (t) => {
  const { emulator, ns } = await emulatorCase(t, {
    limits: { rowsPerSecond: 1e6, bytesPerSecond: 1_000, unindexedBytes: 1_500, unindexedRows: 1e6, logEntryMs: 20 },
  })
  await ns.write({ upsert_rows: [{ id: 5, text: 'x'.repeat(3_000) }] })
  await assert.rejects(ns.write({ patch_rows: [{ id: 5, n: 1 }] }, noRetry), apiError(429, 'unindexed'))
  await ns.write({ ...one, disable_backpressure: true })
  assert.equal((await ns.metadata()).index.status, 'updating')
  const deadline = Date.now() + 10_000
  let status = 429
  while (status === 429 && Date.now() < deadline) {
    status = await ns.write(one, noRetry).then(
      () => 200,
      (error: { status: number }) => error.status,
    )
  }
  assert.equal(status, 200)
  assert.ok((emulator.counters.values().requests['write 429'] ?? 0) >= 1)
})
