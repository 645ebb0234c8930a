/** How long the dead are remembered, and what is left of them then, from the fold to the store. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compactStage } from '@attio-stream/compact'
import type { ArtifactState, Change } from '@attio-stream/contracts'
import { toDocument } from '@attio-stream/documents'
import { enrichStage } from '@attio-stream/enrich'
import { project } from '@attio-stream/sink'
import { MemorySink } from '@attio-stream/sink/memory'
import { drive, memoryCodec, type Output } from '@attio-stream/stream'

const DAY = 24 * 60 * 60 * 1000

/** Compact, enrich and a store on one clock that the test moves. */
function chain() {
  const now = Date.UTC(2026, 10, 23)
  const compact = drive(compactStage(), { now })
  const enrich = drive(enrichStage({ linger: { live: 0, catchingUp: 0 } }), { now })
  const store = new MemorySink()
  const codec = memoryCodec()
  let version = 0
  const artifacts: { readonly value: ArtifactState | null; readonly headers: Readonly<Record<string, string>> }[] = []
  const write = async (key: string, value: ArtifactState | null, headers = {}, at = version++): Promise<void> => {
    const bytes = value === null ? null : codec.encode('crm.artifacts', value)
    const message = { topic: 'crm.artifacts', partition: 0, offset: at, key, value: bytes, headers, timestamp: now }
    const projected = project(message, codec, toDocument)
    assert.equal(projected.kind, 'write')
    if (projected.kind === 'write') await store.write([projected.write], new AbortController().signal)
  }
  const flow = async (outputs: readonly Output[]): Promise<void> => {
    for (const { topic, key, value, headers } of outputs) {
      if (topic !== 'crm.records' && topic !== 'crm.names') continue
      for (const out of enrich.send(topic, key, value as never, headers))
        if (out.topic === 'crm.artifacts') {
          artifacts.push({ value: out.value, headers: out.headers ?? {} })
          await write(out.key, out.value, out.headers)
        }
    }
  }
  const advance = async (ms: number): Promise<void> => {
    enrich.now += ms
    await flow(compact.advance(ms))
  }
  return { compact, store, now, artifacts, flow, advance, write }
}
const headers = { workspace: 'w1' }
const about = { workspace_id: 'w1', kind: 'record', id: 'c1', object_id: 'o1', list_id: null, source: 'webhook' }
const payload = JSON.stringify({
  id: { workspace_id: 'w1', object_id: 'o1', record_id: 'c1' },
  created_at: '2026-01-01T00:00:00.000Z',
  web_url: 'https://app.attio.com/acme/company/c1',
  values: { name: [{ attribute_type: 'text', value: 'Acme', active_from: '2026-01-01T00:00:00.000Z' }] },
})
const object = JSON.stringify({
  object: { id: { workspace_id: 'w1', object_id: 'o1' }, api_slug: 'companies', singular_noun: 'Company' },
  attributes: [],
})

test('R4: seven days as a mark that no older write raises, then they are forgotten everywhere', async () => {
  const { compact, store, now, artifacts, flow, advance, write } = chain()
  const change = (more: Partial<Change>): Change => ({ ...about, fence: now, gone: false, payload, ...more })
  const objectChange = change({ kind: 'object', id: 'o1', payload: object })
  await flow(compact.send('attio.changes', 'o1', objectChange, headers))
  await flow(compact.send('attio.changes', 'c1', change({ fence: now - 10 }), headers))
  assert.ok(store.get('w1', 'c1') !== undefined)
  await flow(compact.send('attio.changes', 'c1', change({ gone: true, payload: null }), headers))
  const held = async () => (await Array.fromAsync(store.scan())).filter(({ id }) => id === 'c1')
  assert.deepEqual(
    (await held()).map(({ deleted }) => deleted),
    [true],
    'a mark',
  )

  await advance(7 * DAY)
  await flow(compact.send('attio.changes', 'c1', change({ fence: now - 5 }), headers))
  const [alive] = artifacts
  assert.ok(alive?.value?.deleted === false)
  await write('c1', alive.value, alive.headers, 0)
  assert.deepEqual(
    (await held()).map(({ deleted }) => deleted),
    [true],
    'neither an old read nor an old write raises it',
  )

  await advance(60_000)
  assert.deepEqual(await held(), [], 'forgotten')
  assert.equal(compact.tables.records.has('c1'), false)
  assert.deepEqual(
    artifacts.map(({ value }) => (value === null ? 'forget' : value.deleted ? 'death' : 'shown')),
    ['shown', 'death', 'forget'],
  )
})
