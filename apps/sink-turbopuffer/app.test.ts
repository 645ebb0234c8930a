/** The whole app on a log in memory and the emulator: what artifacts say is what turbopuffer shows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { ArtifactState } from '@attio-stream/contracts'
import type { Artifact } from '@attio-stream/crm'
import { createLogger } from '@attio-stream/service'
import { MemoryGenerations } from '@attio-stream/sink/memory'
import { type Codec, memoryCodec, memoryLog } from '@attio-stream/stream'
import { startTurbopufferEmulator } from '@attio-stream/test/turbopuffer'
import { Registry } from 'prom-client'
import { sinkTurbopufferApp } from './app.ts'
import { settings } from './config.ts'

const company = (record: string, name: string): Artifact => ({
  workspace: 'w1',
  object: { id: 'o1', slug: 'companies', singular: 'Company' },
  record,
  createdAt: '2026-09-02T10:00:00.000Z',
  webUrl: null,
  name,
  attributes: [],
  lists: [],
  activity: [],
  notes: 0,
  tasks: 0,
})
const stateOf = (body: Artifact | null): ArtifactState => ({
  workspace_id: 'w1',
  object_id: 'o1',
  object_slug: 'companies',
  hash: '',
  deleted: body === null,
  fence: 1,
  record_offset: 1,
  body: body && JSON.stringify(body),
})

test('artifacts become searchable rows, changes replace them, deletions hide them, and a stop commits', async (t) => {
  const emulator = await startTurbopufferEmulator()
  t.after(() => emulator.stop())
  const log = memoryLog({ topics: { 'crm.artifacts': 2, 'crm.dead-letters': 2 } })
  const codec = memoryCodec()
  const send = async (key: string, body: Artifact | null) =>
    log.produce([
      {
        topic: 'crm.artifacts',
        partition: 1,
        key,
        value: codec.encode('crm.artifacts', stateOf(body)),
        headers: { workspace: 'w1' },
      },
    ])
  const titles = () =>
    emulator.store
      .rows('attio-w1-g1')
      .flatMap((row) => (row.deleted ? [] : [String(row.title)]))
      .sort()
  const until = async (expected: readonly string[]) => {
    const deadline = Date.now() + 10_000
    while (JSON.stringify(titles()) !== JSON.stringify(expected)) {
      assert.ok(Date.now() < deadline, `still ${titles().join(', ')} instead of ${expected.join(', ')}`)
      await pause(5)
    }
  }
  await send('r1', company('r1', 'Northwind'))
  await send('r2', company('r2', 'Contoso'))
  const app = sinkTurbopufferApp(() => ({
    log: log.connect(),
    codec: async () => codec as Codec,
    generations: async () => new MemoryGenerations('turbopuffer'),
  }))
  const running = await app.start(
    settings.parse({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      KAFKA_BROKERS: '127.0.0.1:1',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
      TURBOPUFFER_API_KEY: emulator.apiKey,
      TURBOPUFFER_BASE_URL: emulator.url,
    }),
    { logger: createLogger({ level: 'silent' }), metrics: new Registry(), signal: new AbortController().signal },
  )
  t.after(() => running.stop())
  await until(['Contoso', 'Northwind'])
  await send('r1', company('r1', 'Northwind Traders'))
  await send('r2', null)
  await until(['Northwind Traders'])
  assert.equal(running.health().state, 'green')
  await running.stop()
  assert.equal((await log.committed('sink-turbopuffer', 'crm.artifacts'))[1], 4)
})
