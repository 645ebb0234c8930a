/**
 * What is wrong from outside, and what it gets: deliveries, attribute types, payloads and settings nobody should send. Each is
 * told apart, kept where it can be kept, and stops nobody (R1, R11, R12, R14).
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createSecretKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sign } from '@attio-stream/attio'
import { type Change, TOPICS, type TopicName } from '@attio-stream/contracts'
import { Connections, type Control, keyring, openControl } from '@attio-stream/service'
import { partitionOf } from '@attio-stream/stream'
import { sql } from 'kysely'
import type { EmulatedWorkspace } from '../support/attio-control.ts'
import { watch } from '../support/freshness.ts'
import { metric } from '../support/metrics.ts'
import { throwaway } from '../support/throwaway.ts'
import { openTopics, type Topics } from '../support/topics.ts'
import { assertCounts, truth } from '../support/truth.ts'
import { until } from '../support/until.ts'

let topics: Topics
let control: Control
let workspace: EmulatedWorkspace
let secret: string
let url: string
let walked: string

const running = throwaway({
  attioArgs: ['--time-scale', '0.01'],
  async prepare({ system, workspaces, attio, connect, backfill, verified }) {
    workspace = workspaces[0] ?? assert.fail('no workspace')
    topics = await openTopics(system)
    control = await openControl({ databaseUrl: String(system.env.DATABASE_URL) })
    await connect(workspace)
    const key = readSealingKey(String(system.env.ENCRYPTION_KEY))
    const connection = (await new Connections(control, key).list()).connections[0]
    secret = connection?.webhook?.secret ?? assert.fail('no webhook')
    url = `${system.env.PUBLIC_WEBHOOK_URL}/webhooks/attio/${connection?.key}`
    // Listed when the walk is planned, disabled when its turn comes.
    await attio.faults({ requests: [{ kind: 'latency', ms: 2_000, match: '/records/query' }] })
    const walking = backfill(workspace)
    walking.catch(() => {})
    await until('the walk of users being planned', async () => {
      const { rows } = await sql`select 1 from control.walks where title = 'users'`.execute(control.db)
      assert.equal(rows.length, 1)
    })
    await attio.edit('disableObject', { workspace: workspace.id, object: 'users' })
    walked = await walking
    await attio.faults({ requests: [] })
    await verified()
  },
  async finish() {
    await topics?.close()
    await control?.close()
  },
})

function readSealingKey(base64: string) {
  return keyring(createSecretKey(Buffer.from(base64, 'base64')), [])
}

/** Delivers these bytes as Attio would; the status. */
async function deliver(
  bytes: string | Uint8Array<ArrayBuffer>,
  {
    to = url,
    signature = sign(secret, Buffer.from(bytes)),
  }: { readonly to?: string; readonly signature?: string | null } = {},
): Promise<number> {
  const response = await fetch(to, {
    method: 'POST',
    body: bytes,
    headers: { 'content-type': 'application/json', ...(signature === null ? {} : { 'attio-signature': signature }) },
    signal: AbortSignal.timeout(10_000),
  })
  await response.arrayBuffer()
  return response.status
}

/** One event as Attio sends it. */
function delivery(event: string, of = workspace.id): string {
  const id = { workspace_id: of, object_id: randomUUID(), record_id: randomUUID(), attribute_id: randomUUID() }
  const actor = { type: 'workspace-member', id: randomUUID() }
  return JSON.stringify({ webhook_id: randomUUID(), events: [{ event_type: event, id, actor }] })
}

/** The dead letter that keeps exactly these bytes, of this stage. */
const buried = (stage: string, bytes: Uint8Array) =>
  until(`${stage} burying it`, async () => {
    const letters = await topics.deadLetters()
    const found = letters.filter((letter) => letter.stage === stage && letter.value?.equals(bytes))
    assert.equal(found.length, 1)
    return found[0] as NonNullable<(typeof found)[0]>
  })

/** An edit that everything behind the bad input has to go on for. */
async function stillFlowing(record: string): Promise<void> {
  const { attio, stores } = running()
  const content = `Es geht weiter ${randomUUID()}.`
  await attio.edit('createNote', { workspace: workspace.id, record, title: 'Weiter', content })
  const visible = (shown?: { readonly text: string }) => shown?.text.includes(content) === true
  await watch(stores(workspace), [{ record, what: 'the edit after it', visible }], {
    since: performance.now(),
    withinMs: 30_000,
  })
}

async function companies(): Promise<readonly string[]> {
  const { data } = (await running().attio.truth({ kind: 'ids', workspace: workspace.id })) as {
    readonly data: { readonly records: { readonly companies: readonly string[] } }
  }
  return data.records.companies
}

async function produce(topic: TopicName, key: string, value: Buffer): Promise<void> {
  const partition = partitionOf(TOPICS[topic], key, await topics.log.partitions(topic))
  await topics.log.produce([{ topic, partition, key, value, headers: { workspace: workspace.id } }])
}

test('a disabled object is skipped with its reason, and everything else is indexed', async () => {
  assert.match(walked, /users.*skipped \(.+\)/)
  assert.match(readFileSync(running().service('apps').logFile, 'utf8'), /"level":"warn".*disabled/)
  const { counts } = await truth(running().attio, workspace)
  await assertCounts(running().stores(workspace), counts)
})

test('a delivery is judged by who sent it, how large it is and what it says', async () => {
  const good = delivery('record.updated')
  assert.equal(await deliver(good, { to: url.replace(/[^/]+$/, 'A'.repeat(32)) }), 404)
  assert.equal(await deliver(good, { signature: null }), 401)
  assert.equal(await deliver(good, { signature: sign(`${secret.slice(1)}0`, Buffer.from(good)) }), 401)
  assert.equal(await deliver(delivery('record.updated', randomUUID())), 403)
  assert.equal(await deliver(Buffer.alloc(1024 * 1024 + 1, 32)), 413)
  assert.equal(await deliver(good), 200)
})

for (const [what, text] of [
  ['no JSON', '{"webhook_id": "x", "events": ['],
  ['of the wrong shape', '{"webhook_id":"x","events":"none"}'],
] as const)
  test(`a signed delivery that is ${what} gets 400 and is kept with its bytes`, async () => {
    assert.equal(await deliver(text), 400)
    const letter = await buried('webhook', Buffer.from(text))
    assert.equal(letter.workspace_id, workspace.id)
  })

test('events of a type nobody knows are accepted and counted', async () => {
  const unknown = () => metric(running().service('apps'), 'webhook_unknown_events_total')
  const before = await unknown()
  assert.equal(await deliver(delivery('hologram.created')), 200)
  assert.equal(await unknown(), before + 1)
})

test('an attribute of a type never seen is shown by what can be read of it', async () => {
  const { attio, stores } = running()
  const record = (await companies())[0] as string
  const own = { workspace: workspace.id, in: 'companies' }
  await attio.edit('createAttribute', { ...own, slug: 'aura', title: 'Aura', type: 'hologram' })
  await attio.edit('setValues', {
    workspace: workspace.id,
    record,
    values: { aura: { colour: 'türkisgrün', depth: 7 } },
  })
  const visible = (shown?: { readonly text: string }) => /Aura.*türkisgrün/s.test(shown?.text ?? '')
  await watch(stores(workspace), [{ record, what: 'the hologram', visible }], {
    since: performance.now(),
    withinMs: 30_000,
  })
})

test('a payload the schema refuses is kept with its bytes, and later ones of the same key go on', async () => {
  const record = (await companies())[1] as string
  const object = (await objectIds()).get('companies') as string
  const change: Change = {
    workspace_id: workspace.id,
    kind: 'record',
    id: record,
    object_id: object,
    list_id: null,
    fence: Date.now(),
    source: 'webhook',
    gone: false,
    payload: '{"id":"not what Attio sends","values":7}',
  }
  const bytes = topics.codec.encode('attio.changes', change)
  await produce('attio.changes', record, bytes)
  const letter = await buried('compact', bytes)
  assert.equal(letter.topic, 'attio.changes')
  assert.equal(letter.key?.toString(), record)
  await stillFlowing(record)
})

test('bytes that are no message are kept by every stage that meets them, and the rest goes on', async () => {
  const record = (await companies())[2] as string
  const readers: readonly (readonly [TopicName, readonly string[]])[] = [
    ['attio.notices', ['hydrate']],
    ['attio.changes', ['compact']],
    ['crm.artifacts', ['sink-postgres', 'sink-opensearch', 'sink-turbopuffer']],
  ]
  for (const [topic, stages] of readers) {
    const bytes = Buffer.from(`no Avro for ${topic}`)
    // The key of a living record where a table follows the topic's newest, another one where the last message counts.
    await produce(topic, topic === 'crm.artifacts' ? randomUUID() : record, bytes)
    for (const stage of stages) assert.equal((await buried(stage, bytes)).topic, topic)
  }
  await stillFlowing(record)
})

test('missing and wrong settings are told in one message before anything connects', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const secretive = 'postgres://someone:hunter2-geheim@'
  try {
    const { code, text } = await host({
      KAFKA_BROKERS: `127.0.0.1:${port}`,
      SCHEMA_REGISTRY_URL: `http://127.0.0.1:${port}`,
      OPENSEARCH_URL: 'not an address',
      DATABASE_URL: `${secretive}127.0.0.1:${port}/x`,
      WEBHOOK_PORT: '70000',
      ENCRYPTION_KEY: 'zu-kurz-geheim',
    })
    assert.equal(code, 1)
    for (const name of [
      'OPENSEARCH_URL',
      'WEBHOOK_PORT',
      'ENCRYPTION_KEY',
      'TURBOPUFFER_API_KEY',
      'TURBOPUFFER_BASE_URL',
    ])
      assert.match(text, new RegExp(`^  ${name}: .+ — .+`, 'm'))
    assert.match(text, /^5 settings are missing or wrong/m)
    assert.doesNotMatch(text, /geheim/)
    assert.equal(connections, 0)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Hosts all apps with these settings and no others, to the end. */
function host(env: Readonly<Record<string, string>>) {
  const script = join(import.meta.dirname, '../../apps/host/main.ts')
  const options = { env, cwd: tmpdir(), timeout: 30_000 }
  return new Promise<{ readonly code: number | string | null; readonly text: string }>((resolve) => {
    execFile(process.execPath, [script, 'all'], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : (error.code ?? null), text: out + err }),
    )
  })
}

async function objectIds(): Promise<ReadonlyMap<string, string>> {
  const { data } = (await running().attio.truth({ kind: 'objects', workspace: workspace.id })) as {
    readonly data: readonly { readonly id: { readonly object_id: string }; readonly api_slug: string }[]
  }
  return new Map(data.map(({ id, api_slug }) => [api_slug, id.object_id]))
}
