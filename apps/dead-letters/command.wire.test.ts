/** The command on a real Kafka, registry and Postgres. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { TOPICS } from '@attio-stream/contracts'
import { type Control, openControl } from '@attio-stream/service'
import { type Stack, startStack } from '@attio-stream/stack'
import {
  type Codec,
  DEAD_LETTERS,
  deadLetter,
  FencedError,
  kafkaLog,
  type Log,
  letterId,
  openCodec,
  partitionOf,
  publisher,
  readAt,
} from '@attio-stream/stream'
import { decisionsIn } from './decisions.ts'
import { change, WORKSPACE } from './given.ts'

const run = promisify(execFile)
let directory: string
let stack: Stack
let control: Control
let log: Log
let codec: Codec
let environment: Record<string, string>

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'attio-stream-letters-'))
  stack = await startStack({ servers: ['postgres', 'kafka', 'registry'], directory, ephemeral: true })
  const { databaseUrl, kafkaBrokers, schemaRegistryUrl } = stack.addresses
  environment = {
    ...process.env,
    DATABASE_URL: databaseUrl ?? assert.fail(),
    KAFKA_BROKERS: kafkaBrokers ?? assert.fail(),
    SCHEMA_REGISTRY_URL: schemaRegistryUrl ?? assert.fail(),
    PARTITIONS: '2',
    LOG_LEVEL: 'error',
  }
  await node('apps/provision/main.ts')
  control = await openControl({ databaseUrl: environment.DATABASE_URL ?? '' })
  const row = { key: 'k', workspace_id: WORKSPACE, workspace_slug: 'acme', workspace_name: 'Acme' }
  await control.db
    .insertInto('connections')
    .values({
      ...row,
      token: 'sealed',
      webhook_id: null,
      webhook_secret: null,
      status_reason: '',
      scopes: [],
      status: 'active',
    })
    .execute()
  log = kafkaLog({ brokers: [environment.KAFKA_BROKERS ?? ''], prefix: '', clientId: 'test' })
  codec = await openCodec({ registryUrl: environment.SCHEMA_REGISTRY_URL ?? '' })
})
after(async () => {
  await log?.close()
  await control?.close()
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

const root = join(import.meta.dirname, '../..')
const node = async (...args: readonly string[]): Promise<string> =>
  (await run(process.execPath, [...args], { cwd: root, env: environment, encoding: 'utf8' })).stdout
const command = (...args: readonly string[]) => node('apps/dead-letters/main.ts', ...args)

/** Appends a message and buries it. */
async function buried(topic: 'attio.changes' | 'crm.records', key: string, value: Buffer, stage: string) {
  const partition = partitionOf(TOPICS[topic], key, 2)
  const offset = (await log.ends(topic))[partition] ?? 0
  await log.produce([{ topic, partition, key, value, headers: { workspace: WORKSPACE } }])
  const message = { topic, partition, offset, key, value, headers: { workspace: WORKSPACE } }
  const letter = deadLetter({
    stage,
    reason: 'It makes no sense.',
    fault: 'rejected',
    buried: message,
    now: Date.now(),
  })
  await publisher(log, codec).publish([letter])
  return { ...message, id: letterId(letter.value) }
}

test('R12: letters are listed, shown with their bytes, redriven once and dropped, and every decision is kept', async () => {
  const value = codec.encode('attio.changes', change('r1', 100, '{"name":"secret words"}'))
  const one = await buried('attio.changes', 'r1', value, 'compact')
  const two = await buried('attio.changes', 'r2', codec.encode('attio.changes', change('r2', 100)), 'compact')
  const listed = await command('list', '--state', 'open')
  for (const { id } of [one, two]) assert.ok(listed.includes(id), listed)
  assert.doesNotMatch(listed, /secret/)
  assert.match(await command('show', one.id), /attio\.changes/)
  const bytes = await run(process.execPath, ['apps/dead-letters/main.ts', 'show', one.id, '--bytes'], {
    cwd: root,
    env: environment,
    encoding: 'buffer',
  })
  assert.deepEqual(bytes.stdout, value)

  const [first, second] = await Promise.all([command('redrive', one.id), command('redrive', one.id)])
  assert.equal([first, second].filter((output) => output.includes('is tried again')).length, 1, first + second)
  const end = (await log.ends('attio.changes'))[one.partition] ?? 0
  assert.equal(end, one.offset + 2 + (two.partition === one.partition ? 1 : 0))
  assert.deepEqual((await readAt(log, { ...one, offset: end - 1 }))?.value, value)
  await command('drop', '--all', '--yes')
  const decisions = await decisionsIn(control).all()
  assert.deepEqual([decisions.get(one.id)?.verdict, decisions.get(two.id)?.verdict], ['redriven', 'dropped'])
  assert.match(await command('redrive', '--all'), /No open letters/)
})

test('R7, R12: a state is redriven with the transactional id of its only writer, which is fenced meanwhile', async () => {
  const state = { workspace_id: WORKSPACE, object_id: 'o', fence: 1, hash: 'h', deleted: false, body: '{}' }
  const one = await buried('crm.records', 'r5', codec.encode('crm.records', state), 'enrich')
  const compact = await log.transactional(`compact-${one.partition}`)
  assert.match(await command('redrive', one.id), /is tried again/)
  const messages = [{ topic: 'crm.records', partition: one.partition, key: 'r5', value: null }]
  await assert.rejects(compact.commit({ messages, group: 'compact', offsets: [] }), FencedError)
  await compact.close()
  assert.deepEqual((await readAt(log, { ...one, offset: one.offset + 1 }))?.value, one.value)
})

test('a letter that cannot be redriven stays open, says why, and the exit code is 1', async () => {
  const one = await buried('attio.changes', 'r9', Buffer.from('rubbish'), 'compact')
  await assert.rejects(command('redrive', one.id), (error: { code?: number; stdout?: string }) => {
    assert.equal(error.code, 1)
    assert.match(error.stdout ?? '', /stays open: It still cannot be read/)
    return true
  })
  assert.equal((await decisionsIn(control).all()).has(one.id), false)
})

test('the topic holds a letter as large as a message may be', async () => {
  const value = Buffer.alloc(16 * 1024 * 1024 - 4096, 'x')
  const large = { topic: 'attio.changes', partition: 0, offset: 9_999, key: 'large', value }
  const letter = deadLetter({ stage: 'compact', reason: 'x'.repeat(9_000), fault: 'unreadable', buried: large, now: 1 })
  await publisher(log, codec).publish([letter])
  assert.match(await command('show', letterId(letter.value)), /of which only the first are kept here/)
  assert.equal((await log.partitions(DEAD_LETTERS)) > 0, true)
})
