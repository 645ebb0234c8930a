/** Provisioning real brokers and a real registry. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { TOPIC_NAMES } from '@attio-stream/contracts'
import { type Stack, startStack } from '@attio-stream/stack'
import { openCodec, schemaText, subjectOf } from '@attio-stream/stream'
import kafkajs from 'kafkajs'
import { type ProvisionOptions, provision } from './provision.ts'
import { connectRegistry } from './registry.ts'
import { isAsWanted } from './report.ts'
import { registerSubjects } from './subjects.ts'

let directory: string
let stack: Stack
let options: ProvisionOptions
const signal = new AbortController().signal

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'attio-stream-provision-'))
  stack = await startStack({ servers: ['kafka', 'registry'], directory, ephemeral: true })
  options = {
    brokers: [stack.addresses.kafkaBrokers ?? assert.fail('no Kafka')],
    registryUrl: stack.addresses.schemaRegistryUrl ?? assert.fail('no registry'),
    partitions: 4,
  }
})
after(async () => {
  await stack?.stop()
  await rm(directory, { recursive: true, force: true })
})

test('nothing is made by a check, everything by the first run, nothing more by the second', async () => {
  const looked = await provision({ ...options, checkOnly: true })
  assert.equal(isAsWanted(looked), false)
  assert.deepEqual(looked.created, [])

  const first = await provision(options)
  assert.deepEqual([...first.created], [...TOPIC_NAMES])
  assert(first.subjects.every(({ state }) => state === 'registered'))

  const second = await provision(options)
  assert.deepEqual(second.created, [])
  assert(
    second.topics.every(({ state }) => state === 'as wanted'),
    JSON.stringify(second.topics),
  )
  assert(second.subjects.every(({ state, level }) => state === 'as wanted' && level === undefined))
  assert.equal(isAsWanted(await provision({ ...options, checkOnly: true })), true)
})

test('every codec finds the schemas that were registered', async () => {
  const codec = await openCodec({ registryUrl: options.registryUrl })
  const bytes = codec.encode('crm.names', {
    workspace_id: 'w',
    kind: 'record',
    id: 'r',
    name: 'Acme',
    deleted: false,
    hash: 'h',
    card: null,
  })
  assert.equal(codec.decode('crm.names', bytes).name, 'Acme')
})

test('a cell has its own topics and shares the schemas', async () => {
  const report = await provision({ ...options, cell: 'eu-' })
  assert.deepEqual(
    [...report.created],
    TOPIC_NAMES.map((name) => `eu-${name}`),
  )
  assert(report.subjects.every(({ state }) => state === 'as wanted'))
})

test('two runs at once both succeed', async () => {
  const reports = await Promise.all([provision({ ...options, cell: 'two-' }), provision({ ...options, cell: 'two-' })])
  assert.equal(reports.length, 2)
  assert.equal(isAsWanted(await provision({ ...options, cell: 'two-', checkOnly: true })), true)
})

/** By hand; until the broker tells everybody. */
async function make(admin: kafkajs.Admin, topic: kafkajs.ITopicConfig): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics: [topic] })
  for (let attempt = 0; !(await admin.listTopics()).includes(topic.topic); attempt++) {
    assert.ok(attempt < 500, `${topic.topic} does not appear`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('topics that are there with other settings are told and left alone', async () => {
  const admin = new kafkajs.Kafka({ brokers: [...options.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topic = 'odd-crm.records'
    await make(admin, { topic, numPartitions: 4, configEntries: [{ name: 'cleanup.policy', value: 'delete' }] })
    for (const run of [1, 2]) {
      const { topics } = await provision({ ...options, cell: 'odd-' })
      const differences = topics.find((found) => found.topic === topic)?.differences ?? []
      assert.deepEqual(
        differences.find(({ setting }) => setting === 'cleanup.policy'),
        { setting: 'cleanup.policy', wanted: 'compact', is: 'delete' },
        `run ${run}`,
      )
    }
  } finally {
    await admin.disconnect()
  }
})

test('a joined topic with another partition count is refused, before anything is made', async () => {
  const cell = 'wide-'
  const admin = new kafkajs.Kafka({ brokers: [...options.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await make(admin, { topic: `${cell}crm.records`, numPartitions: 3 })
    await assert.rejects(provision({ ...options, cell }), /wide-crm\.records has 3 partitions, PARTITIONS says 4/)
    assert.deepEqual(
      (await admin.listTopics()).filter((name) => name.startsWith(cell)),
      [`${cell}crm.records`],
    )
  } finally {
    await admin.disconnect()
  }
})

test('an incompatible schema is refused with its subject, its fields and what to do; the old one stays', async () => {
  const registry = connectRegistry(options.registryUrl)
  const schema = JSON.parse(schemaText('crm.names')) as { fields: { name: string; type: unknown }[] }
  const changed = {
    ...schema,
    fields: [...schema.fields.filter(({ name }) => name !== 'hash'), { name: 'digest', type: 'string' }],
  }
  await assert.rejects(
    registerSubjects(registry, { checkOnly: false, signal, schemas: { 'crm.names': JSON.stringify(changed) } }),
    /crm\.names-value refuses schemas\/name\.avsc: field digest was added without a default; field hash was removed.*schemas\/README\.md/,
  )
  assert.equal(await registry.level(subjectOf('crm.names')), 'FULL_TRANSITIVE')
  assert.equal((await registry.versions(subjectOf('crm.names'))).length, 1)
})

test('a compatible change is registered as the next version', async () => {
  const registry = connectRegistry(options.registryUrl)
  const schema = JSON.parse(schemaText('crm.names')) as { fields: unknown[] }
  const grown = { ...schema, fields: [...schema.fields, { name: 'colour', type: ['null', 'string'], default: null }] }
  const findings = await registerSubjects(registry, {
    checkOnly: false,
    signal,
    schemas: { 'crm.names': JSON.stringify(grown) },
  })
  assert.equal(findings.find(({ subject }) => subject === subjectOf('crm.names'))?.state, 'registered')
  assert.equal((await registry.versions(subjectOf('crm.names'))).length, 2)
})

test('servers that do not answer are named with their setting once the time is over', async () => {
  await assert.rejects(
    provision({ ...options, brokers: ['127.0.0.1:1'], waitMs: 300 }),
    /Kafka at 127\.0\.0\.1:1 did not answer.*KAFKA_BROKERS/,
  )
  await assert.rejects(
    provision({ ...options, registryUrl: 'http://127.0.0.1:1', waitMs: 300 }),
    /registry.*SCHEMA_REGISTRY_URL/,
  )
})

test('the command exits with 2 from a check that finds something missing, with 0 after it was made', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
      cwd: directory,
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        PATH: process.env.PATH,
        KAFKA_BROKERS: options.brokers.join(','),
        SCHEMA_REGISTRY_URL: options.registryUrl,
        PARTITIONS: '4',
        CELL: 'cmd-',
      },
    })
  const looked = run('--check')
  assert.equal(looked.status, 2, looked.stderr)
  assert.match(looked.stdout, /missing cmd-crm\.records/)
  const made = run()
  assert.deepEqual([made.status, made.stderr], [0, ''])
  assert.match(made.stdout, /9 wanted, 9 created/)
  assert.equal(run('--check').status, 0)
})
