import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { StoreError } from '@attio-stream/sink'
import { sinkConformance } from '@attio-stream/sink/conformance'
import { givenDelete, givenDocument, givenPut } from '@attio-stream/sink/given'
import { type Stack, startStack } from '@attio-stream/stack'
import { Client } from '@opensearch-project/opensearch'
import { storeSettings } from './config.ts'
import { OpenSearchSink } from './sink.ts'

const forever = new AbortController().signal
let stack: Stack
let client: Client
const settings = (more: Record<string, unknown> = {}) =>
  storeSettings.parse({
    OPENSEARCH_URL: stack.addresses.opensearchUrl,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    ...more,
  })
const opened = async (more: Record<string, unknown> = {}, unmapped?: (count: number) => void) => {
  const sink = new OpenSearchSink(settings(more), unmapped === undefined ? {} : { unmapped })
  await sink.open(forever)
  return sink
}

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sink-opensearch-'))
  stack = await startStack({ servers: ['opensearch'], directory, ephemeral: true })
  client = new Client({ node: stack.addresses.opensearchUrl ?? '' })
})
after(async () => {
  await client?.close()
  await stack?.stop()
})

type Source = {
  id: string
  record_id: string
  title: string
  chunks: { text: string }[]
  metadata: never
  unmapped: never
}
const search = async (index: string, query: object): Promise<readonly Source[]> => {
  const { body } = await client.search({ index, body: { query, size: 100 } as never })
  return body.hits.hits.map((hit) => hit._source as unknown as Source)
}

sinkConformance('the OpenSearch sink', {
  open: () => opened(),
  see: async (_sink, workspace, id) => {
    const filter = [{ term: { workspace_id: workspace } }, { term: { record_id: id } }]
    const [found] = await search('documents', { bool: { filter } })
    if (found === undefined) return undefined
    return { id: found.id, title: found.title, chunks: found.chunks.map(({ text }) => text), metadata: found.metadata }
  },
  refusable: (document) => ({ ...document, metadata: { ...document.metadata, surprise: 'secret words' } }),
  forgetting: async () => {
    const index = 'documents-g1'
    await client.indices.putSettings({ index, body: { index: { gc_deletes: '0ms' } } as never })
    await client.indices.forcemerge({ index, max_num_segments: 1 })
  },
  unanswered: async (writes) => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const sink = new OpenSearchSink(
      settings({ OPENSEARCH_URL: `http://127.0.0.1:${port}`, SINK_OPENSEARCH_TIMEOUT_MS: 300 }),
    )
    try {
      return await sink.write(writes, forever)
    } finally {
      server.closeAllConnections()
      server.close()
      await sink.close()
    }
  },
  drifted: async () => {
    const prefix = { SINK_OPENSEARCH_PREFIX: 'of-others-' }
    await (await opened(prefix)).close()
    const body = { properties: { colour: { type: 'keyword' } } } as const
    await client.indices.putMapping({ index: 'of-others-documents-g1', body })
    await opened(prefix)
  },
  losingTheAnswer: async (sink, writes) => {
    await sink.write(writes, forever)
    throw new StoreError('the answer was lost')
  },
})

describe('documents in OpenSearch', () => {
  test('are queryable by words, exact values, numbers and dates soon, without being asked to refresh', async () => {
    const sink = await opened()
    const at = { id: randomUUID(), workspace: randomUUID(), version: 1 }
    const { metadata } = givenDocument(at)
    await sink.write(
      [
        givenPut(at, {
          lines: ['A customer of northern lights'],
          metadata: {
            ...metadata,
            custom_number_seats: 25,
            custom_date_renewal: '2027-01-31',
            custom_text_tier: ['Gold'],
          },
        }),
      ],
      forever,
    )
    const query = {
      bool: {
        must: [{ match: { text: 'light' } }],
        filter: [
          { term: { workspace_id: at.workspace } },
          { term: { 'metadata.custom_text_tier': 'Gold' } },
          { range: { 'metadata.custom_number_seats': { gt: 9 } } },
          { range: { 'metadata.custom_date_renewal': { lt: '2027-02-01T00:00:00.000Z' } } },
        ],
      },
    }
    const deadline = Date.now() + 10_000
    let found: readonly Source[] = []
    while (found.length === 0 && Date.now() < deadline) found = await search('documents', query)
    assert.deepEqual(
      found.map((source) => source.record_id),
      [at.id],
    )
    await sink.close()
  })

  test('with more custom attributes than the mapping has room for keep the rest filterable as text', async () => {
    let unmapped = 0
    const sink = await opened({ SINK_OPENSEARCH_PREFIX: 'crowded-', SINK_OPENSEARCH_FIELDS: '200' }, (count) => {
      unmapped += count
    })
    const crowd = (name: string) =>
      Object.fromEntries(
        Array.from({ length: 200 }, (_, n) => [`custom_text_${name}_${n}`, [`${name} ${n}`, 'x'.repeat(40_000)]]),
      )
    const plain = { id: randomUUID(), workspace: 'w', version: 1 }
    const ids = ['a', 'b'].map((name) => ({ id: randomUUID(), workspace: 'w', version: 1, name }))
    const puts = ids.map(({ name, ...at }) =>
      givenPut(at, { metadata: { ...givenDocument(at).metadata, ...crowd(name), custom_number_seats: 3 } }),
    )
    assert.deepEqual(await sink.write([givenPut(plain), ...puts], forever), [])
    await sink.refresh()
    assert.equal((await search('crowded-documents', { match_all: {} })).length, 3)
    const found = await search('crowded-documents', { term: { 'unmapped.custom_text_b_7': 'b 7' } })
    assert.deepEqual(
      found.map((source) => source.record_id),
      [ids[1]?.id],
    )
    assert.ok(unmapped >= 400)
    await sink.close()
  })

  test('are refused when the index has another shape', async () => {
    const prefix = { SINK_OPENSEARCH_PREFIX: 'drifted-' }
    await (await opened(prefix)).close()
    await client.indices.putMapping({
      index: 'drifted-documents-g1',
      body: { properties: { colour: { type: 'keyword' } } },
    })
    await assert.rejects(opened(prefix), /colour is unknown.*Start a new generation/)
  })

  test('are not written into an index that vanished, and no index appears in its place', async () => {
    const sink = await opened({ SINK_OPENSEARCH_PREFIX: 'gone-' })
    await client.indices.delete({ index: 'gone-documents-g1' })
    await assert.rejects(
      sink.write([givenPut({ id: randomUUID(), workspace: 'w', version: 1 })], forever),
      (error) => !(error instanceof StoreError) && /gone/.test((error as Error).message),
    )
    for (const index of ['gone-documents-g1', 'gone-documents-g1.write'])
      assert.equal((await client.indices.exists({ index })).body, false)
    await sink.close()
  })

  test('survive a bulk split into many requests', async () => {
    const sink = await opened({ SINK_OPENSEARCH_PREFIX: 'split-', SINK_OPENSEARCH_REQUEST_BYTES: '65536' })
    const writes = Array.from({ length: 300 }, (_, version) =>
      givenPut({ id: randomUUID(), workspace: 'w', version }, { lines: ['lorem '.repeat(version)] }),
    )
    assert.deepEqual(await sink.write(writes, forever), [])
    await sink.refresh()
    let count = 0
    for await (const holding of sink.scan()) count += holding.deleted ? 0 : 1
    assert.equal(count, 300)
    await sink.close()
  })

  test('that found the node full are repeated alone, and later', async () => {
    const requests: string[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (part) => {
        body += part
      })
      request.on('end', () => {
        requests.push(body)
        const items = body
          .split('\n')
          .filter((line) => line.startsWith('{"index"'))
          .map((line, n) => ({
            index:
              n === 1 && requests.length === 1
                ? { _id: line, status: 429, error: { type: 'rejected_execution_exception', reason: 'full' } }
                : {
                    _id: line,
                    status: n === 2 ? 409 : 200,
                    ...(n === 2 ? { error: { type: 'version_conflict' } } : {}),
                  },
          }))
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ errors: true, items }))
      })
    })
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const sink = new OpenSearchSink(settings({ OPENSEARCH_URL: `http://127.0.0.1:${port}` }))
    const writes = [1, 2, 3].map((version) => givenDelete({ id: `r${version}`, workspace: 'w', version }))
    await assert.rejects(sink.write(writes, forever), (error) => {
      assert.ok(error instanceof StoreError)
      assert.deepEqual(error.remaining, [writes[1]])
      return true
    })
    assert.deepEqual(await sink.write([writes[1] as (typeof writes)[number]], forever), [])
    await sink.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('wait for a server that is down', async () => {
    const sink = await opened()
    const put = givenPut({ id: randomUUID(), workspace: 'w', version: 1 })
    await stack.server('opensearch').stop()
    await assert.rejects(sink.write([put], forever), StoreError)
    await assert.rejects(sink.open(forever), StoreError)
    await stack.server('opensearch').restart()
    const deadline = Date.now() + 20_000
    for (;;) {
      try {
        assert.deepEqual(await sink.write([put], forever), [])
        break
      } catch (error) {
        if (!(error instanceof StoreError) || Date.now() > deadline) throw error
      }
    }
    await sink.close()
  })
})
