/** The example sink on real brokers: it backfills itself from crm.artifacts in a group of its own, is killed, and follows. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type ArtifactState, TOPICS } from '@attio-stream/contracts'
import type { Artifact } from '@attio-stream/crm'
import { type Stack, startStack } from '@attio-stream/stack'
import { type Codec, kafkaLog, type Log, openCodec, partitionOf } from '@attio-stream/stream'
import { until } from '../support/until.ts'

const ROOT = join(import.meta.dirname, '../..')
const PARTITIONS = 2
const RECORDS = 3_000
const running = new Set<ChildProcess>()
let directory: string
let stack: Stack
let log: Log
let codec: Codec
let environment: NodeJS.ProcessEnv

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sink-jsonl-wire-'))
  stack = await startStack({ servers: ['kafka', 'registry'], directory, ephemeral: true })
  const { kafkaBrokers = assert.fail(), schemaRegistryUrl = assert.fail() } = stack.addresses
  environment = {
    ...process.env,
    KAFKA_BROKERS: kafkaBrokers,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    PARTITIONS: String(PARTITIONS),
    SINK_JSONL_DIRECTORY: join(directory, 'jsonl'),
    STATE_DIRECTORY: join(directory, 'state'),
    LOG_LEVEL: 'error',
  }
  const provisioned = spawnSync(process.execPath, ['apps/provision/main.ts'], { cwd: ROOT, env: environment })
  assert.equal(provisioned.status, 0, String(provisioned.stderr))
  log = kafkaLog({ brokers: kafkaBrokers.split(',') })
  codec = await openCodec({ registryUrl: schemaRegistryUrl })
})
after(async () => {
  for (const child of running) child.kill('SIGKILL')
  await log?.close()
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

function start(): ChildProcess {
  const child = spawn('npm', ['start', '--silent', '-w', 'examples/sink-jsonl'], {
    cwd: ROOT,
    env: environment,
    stdio: 'inherit',
    detached: true,
  })
  running.add(child)
  child.on('exit', () => running.delete(child))
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  process.kill(-(child.pid ?? assert.fail()), signal)
  await ended
}

async function produce(name: (index: number) => string | null): Promise<void> {
  const messages = Array.from({ length: RECORDS }, (_, index) => {
    const record = `r${index}`
    const title = name(index)
    if (title === null) return []
    const partition = partitionOf(TOPICS['crm.artifacts'], record, PARTITIONS)
    const value = codec.encode('crm.artifacts', artifactOf(record, title))
    return [{ topic: 'crm.artifacts', partition, key: record, value, headers: { workspace: 'w' } }]
  })
  await log.produce(messages.flat())
}

function artifactOf(record: string, name: string): ArtifactState {
  const object = { id: 'o', slug: 'companies', singular: 'Company' }
  const about = { workspace: 'w', object, record, createdAt: '2026-01-01T00:00:00.000Z', webUrl: null, name }
  const artifact: Artifact = { ...about, attributes: [], lists: [], activity: [], notes: 0, tasks: 0 }
  const state = { workspace_id: 'w', object_id: 'o', object_slug: 'companies', hash: name, deleted: false, fence: 1 }
  return { ...state, record_offset: 1, body: JSON.stringify(artifact) }
}

/** Title by record, as a reader of the file finds it. */
async function shown(): Promise<ReadonlyMap<string, string>> {
  const titles = new Map<string, string>()
  const text = await readFile(join(directory, 'jsonl/w.jsonl'), 'utf8').catch(() => '')
  for (const line of text.split('\n').slice(1, -1)) {
    const { kind, id, document } = JSON.parse(line)
    if (kind === 'put') titles.set(id, document.title)
    else titles.delete(id)
  }
  return titles
}

test('it begins at the start of crm.artifacts, survives a kill, and follows', async () => {
  await produce((index) => `Acme ${index}`)
  const first = start()
  await until('some documents', async () => assert.ok((await shown()).size > 0), { withinMs: 60_000, everyMs: 5 })
  await end(first, 'SIGKILL')
  const second = start()
  await until('all documents', async () => assert.equal((await shown()).size, RECORDS), { withinMs: 60_000 })
  await produce((index) => (index % 100 === 0 ? `Edited ${index}` : null))
  await until('the edits', async () => assert.match((await shown()).get('r2900') ?? '', /Edited 2900/))
  assert.match((await shown()).get('r1') ?? '', /Acme 1/)
  await end(second, 'SIGTERM')
  const committed = await log.committed('sink-jsonl', 'crm.artifacts')
  assert.deepEqual(committed, await log.ends('crm.artifacts'))
})
