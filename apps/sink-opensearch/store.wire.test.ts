/** Generations on a real OpenSearch. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { givenPut } from '@attio-stream/sink/given'
import { storeConformance } from '@attio-stream/sink/store-conformance'
import { type Stack, startStack } from '@attio-stream/stack'
import { Client } from '@opensearch-project/opensearch'
import { storeSettings } from './config.ts'
import { OpenSearchStore } from './store.ts'

const forever = new AbortController().signal
let stack: Stack
let client: Client
const opened = (prefix: string) =>
  new OpenSearchStore(
    storeSettings.parse({
      OPENSEARCH_URL: stack.addresses.opensearchUrl,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      SINK_OPENSEARCH_PREFIX: prefix,
    }),
  )
const titles = async (index: string, workspace: string) => {
  const query = { term: { workspace_id: workspace } }
  const { body } = await client.search({ index, body: { query, size: 1000, _source: ['title'] } as never })
  return body.hits.hits.map(({ _source }) => String((_source as { title?: unknown }).title))
}

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'store-opensearch-'))
  stack = await startStack({ servers: ['opensearch'], directory, ephemeral: true })
  client = new Client({ node: stack.addresses.opensearchUrl ?? '' })
})
after(async () => {
  await client?.close()
  await stack?.stop()
})

storeConformance('OpenSearch', {
  open: async () => opened(''),
  titles: (workspace) => titles('documents', workspace),
})

test('the index readers see cannot be dropped', async () => {
  const store = opened('shown-')
  const sink = store.sink(1)
  await sink.open(forever)
  await assert.rejects(store.drop(1), /Readers see shown-documents-g1/)
  assert.equal((await client.indices.exists({ index: 'shown-documents-g1' })).body, true)
  await Promise.all([sink.close(), store.close()])
})

test('a generation that is being built is not refreshed by itself, and is again once it is shown', async () => {
  const store = opened('built-')
  const sink = store.sink(2, { building: true })
  await sink.open(forever)
  const interval = async () => {
    const { body } = await client.indices.getSettings({ index: 'built-documents-g2', flat_settings: true })
    const settings: Record<string, unknown> = { ...body['built-documents-g2']?.settings }
    return settings['index.refresh_interval']
  }
  assert.equal(await interval(), '-1')
  await sink.write([givenPut({ id: 'r1', workspace: 'w', version: 1 }, { title: 'Company: First' })], forever)
  await store.show(2)
  assert.equal(await interval(), '5s')
  assert.deepEqual(await titles('built-documents', 'w'), ['Company: First'])
  await Promise.all([sink.close(), store.close()])
})
