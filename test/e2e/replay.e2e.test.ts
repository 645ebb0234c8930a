/** `npm run replay` on real brokers: asked from outside, done by the stages that run, killed in the middle. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { type ArtifactState, TOPICS } from '@attio-stream/contracts'
import { join } from '@attio-stream/crm'
import { type EnrichOptions, enrichStage } from '@attio-stream/enrich'
import { type Stack, startStack } from '@attio-stream/stack'
import { type Codec, kafkaLog, type Log, openCodec, partitionOf, runStage } from '@attio-stream/stream'
import { until } from '../support/until.ts'

const PARTITIONS = 2
const RECORDS = 2_000
let directory: string
let stack: Stack
let log: Log
let codec: Codec
let environment: NodeJS.ProcessEnv
const running = new Set<() => Promise<void>>()

before(async () => {
  directory = await mkdtemp(path(tmpdir(), 'replay-'))
  stack = await startStack({ servers: ['kafka', 'registry'], directory, ephemeral: true })
  const { kafkaBrokers = assert.fail(), schemaRegistryUrl = assert.fail() } = stack.addresses
  environment = {
    ...process.env,
    KAFKA_BROKERS: kafkaBrokers,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    PARTITIONS: String(PARTITIONS),
    LOG_LEVEL: 'error',
  }
  assert.equal((await command('provision')).code, 0)
  log = kafkaLog({ brokers: kafkaBrokers.split(',') })
  codec = await openCodec({ registryUrl: schemaRegistryUrl })
})
after(async () => {
  await Promise.all([...running].map((stop) => stop()))
  await log?.close()
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

async function command(app: string, ...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [path(import.meta.dirname, `../../apps/${app}/main.ts`), ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said }
}

const companies = (body: unknown) => JSON.stringify(body)

async function fill(): Promise<void> {
  const object = { kind: 'object', slug: 'companies', singular: 'Company', plural: 'Companies', attributes: [] }
  const name = { workspace_id: 'w', kind: 'object', id: 'o', name: 'Companies', deleted: false, hash: 'h' }
  const entry = codec.encode('crm.names', { ...name, card: companies(object) })
  await log.produce([{ topic: 'crm.names', partition: 0, key: 'w/object/o', value: entry }])
  const messages = Array.from({ length: RECORDS }, (_, index) => {
    const id = `r${index}`
    const content = {
      object: 'o',
      record: id,
      createdAt: '2026-01-01T00:00:00.000Z',
      webUrl: null,
      name: id,
      values: {},
    }
    const state = { workspace_id: 'w', object_id: 'o', fence: 1, hash: id, deleted: false, body: companies(content) }
    const partition = partitionOf(TOPICS['crm.records'], id, PARTITIONS)
    return { topic: 'crm.records', partition, key: id, value: codec.encode('crm.records', state) }
  })
  await log.produce(messages)
}

const enrich = (tables: string, code: NonNullable<EnrichOptions['join']> = join) => {
  const own = kafkaLog({ brokers: String(environment.KAFKA_BROKERS).split(',') })
  const stage = enrichStage({ linger: { live: 5, catchingUp: 50 }, join: code })
  const process = runStage(stage, { log: own, codec, directory: path(directory, tables) })
  const stop = async () => {
    running.delete(stop)
    await process.stop()
    await own.close()
  }
  running.add(stop)
  return { stop, failed: process.failed, health: () => process.health() }
}

/** What crm.artifacts says last, and how many messages it took. */
async function shown(): Promise<{ readonly names: ReadonlyMap<string, string>; readonly messages: number }> {
  const names = new Map<string, string>()
  let messages = 0
  const from = new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, 0]))
  const reader = log.read({
    topic: 'crm.artifacts',
    from,
    until: 'end',
    onMessages(_partition, some) {
      for (const { key, value } of some) {
        const { body } = codec.decode('crm.artifacts', value as Buffer) as ArtifactState
        names.set(key, JSON.parse(body ?? '{}').name)
      }
      messages += some.length
    },
  })
  await reader.done
  return { names, messages }
}

/** What one join takes, so that a replay can be met in the middle. */
let joinMs = 0

/** A tenth of all is called otherwise. */
const OTHER: typeof join = (input) => {
  const artifact = join(input)
  for (const until = performance.now() + joinMs; performance.now() < until; );
  return artifact.name?.endsWith('7') === true ? { ...artifact, name: `${artifact.name}!` } : artifact
}

test('what the code of today says differently is counted, then written, by whoever has the partition', async () => {
  const first = enrich('a')
  await fill()
  // What is not committed when it stops is live work of the next owner, with its code, and no replay's.
  const taken = async () => (await log.committed('enrich', 'crm.records')).reduce((sum, offset) => sum + offset, 0)
  await Promise.race([until('all', async () => assert.equal(await taken(), RECORDS)), first.failed])
  await first.stop()
  const before = await shown()
  assert.equal(before.names.size, RECORDS)

  const second = enrich('a', OTHER)
  const dry = await command('replay', '--from', 'records', '--dry-run')
  assert.equal(dry.code, 0, dry.said)
  assert.match(dry.said, /2,000 derived again, 200 differ\.\nThose that differ would be written\./)
  assert.equal((await shown()).messages, before.messages)

  joinMs = 4
  const asked = command('replay', '--from', 'records')
  await until('the first of them', async () => assert.ok((await shown()).messages > before.messages), { everyMs: 20 })
  await second.stop()
  const refused = await command('replay', '--from', 'records')
  assert.match(refused.said, /Replay \w+ of enrich is under way/)
  assert.equal(refused.code, 1)
  joinMs = 0
  enrich('b', OTHER)
  const { code, said } = await asked
  assert.equal(code, 0, said)
  const { names, messages } = await shown()
  assert.equal(names.get('r17'), 'r17!')
  assert.equal(names.get('r18'), 'r18')
  assert.equal(messages, before.messages + RECORDS / 10, 'nothing else was written, and nothing twice')
  const status = await command('replay', '--from', 'records', '--status')
  assert.match(status.said, /100 %, 2 of 2 partitions/)
})

test('a request that nobody is there for waits, and can be taken back', async () => {
  const { said, code } = await command('replay', '--from', 'changes', '--status')
  assert.match(said, /compact was never asked/)
  assert.equal(code, 0)
  const asked = spawn(process.execPath, [path(import.meta.dirname, '../../apps/replay/main.ts'), '--from', 'changes'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told = new Promise<void>((resolve) => asked.stdout.once('data', () => resolve()))
  await told
  const closed = new Promise<number | null>((resolve) => asked.on('close', resolve))
  asked.kill('SIGINT')
  assert.equal(await closed, 1)
  assert.match((await command('replay', '--from', 'changes', '--status')).said, /0 %, 0 of 2 partitions/)
  assert.equal((await command('replay', '--from', 'changes', '--take-back')).code, 0)
  assert.match(
    (await command('replay', '--from', 'changes', '--status')).said,
    /compact was never asked, or no longer is/,
  )
})
