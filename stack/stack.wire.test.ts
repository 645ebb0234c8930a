/**
 * The real servers, started as tests and `up` start them. Takes a few hundred MB and about a minute.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { Kafka, logLevel } from 'kafkajs'
import { health, query } from './health.ts'
import { startStack } from './index.ts'
import { family, type Identity, identify, isAlive, memory } from './pid.ts'
import { type Addresses, type Stack, serverNames } from './server.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'stack-'))
chmodSync(folder, 0o711) // as root, the account that runs Postgres has to pass through
let stack: Stack
let addresses: Addresses

before(async () => {
  const began = performance.now()
  stack = await startStack({ directory: join(folder, 'all'), ephemeral: true, say: (line) => console.log(line) })
  addresses = stack.addresses as Addresses
  console.log(`All ready after ${((performance.now() - began) / 1000).toFixed(1)} s`)
})

after(async () => {
  await stack?.stop()
  assert.equal(existsSync(join(folder, 'all')), false, 'the data of a throwaway stack is removed')
  rmSync(folder, { recursive: true, force: true })
})

const kafka = (brokers: string) =>
  new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 20 } })

async function consumed(brokers: string, topic: string): Promise<string> {
  const consumer = kafka(brokers).consumer({ groupId: `reader-${Date.now()}` })
  const { promise, resolve } = Promise.withResolvers<string>()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => resolve(`${message.key}=${message.value?.length}`) })
  const first = await promise
  await consumer.disconnect()
  return first
}

async function produce(brokers: string, topic: string, bytes: number): Promise<void> {
  const admin = kafka(brokers).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
  const producer = kafka(brokers).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  await producer.send({ topic, messages: [{ key: 'k', value: Buffer.alloc(bytes) }] })
  await producer.disconnect()
}

async function register(subject: string): Promise<number> {
  const schema = JSON.stringify({ type: 'record', name: 'T', fields: [{ name: 'a', type: 'string' }] })
  const answer = await fetch(`${addresses.schemaRegistryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  })
  assert.equal(answer.status, 200)
  return ((await answer.json()) as { id: number }).id
}

test('each server has a process of its own, and together they stay below 1.5 GB', () => {
  const sizes = serverNames.map(
    (name) => [name, memory(family(stack.server(name).pid as number)) / 1024 / 1024] as const,
  )
  for (const [name, size] of sizes) console.log(name, Math.round(size), 'MB')
  assert.ok(sizes.every(([, size]) => size > 5))
  assert.ok(sizes.reduce((sum, [, size]) => sum + size, 0) < 1_500)
})

test('a message of 5 MB goes through Kafka', async () => {
  await produce(addresses.kafkaBrokers, 'large', 5_000_000)
  assert.equal(await consumed(addresses.kafkaBrokers, 'large'), 'k=5000000')
})

test('the registry speaks the Confluent API', async () => {
  await register('spoken')
  const subjects = await fetch(`${addresses.schemaRegistryUrl}/subjects`)
  assert.ok(((await subjects.json()) as string[]).includes('spoken'))
})

test('Postgres is UTF-8 and knows what a capital letter is in any language', async () => {
  const text = "select lower('ÄÖ') as low, current_setting('server_encoding') as encoding, current_database() as name"
  assert.deepEqual(await query(addresses.databaseUrl, text), [{ low: 'äö', encoding: 'UTF8', name: 'attio_stream' }])
})

test('OpenSearch has the vector plugins and answers a k-NN query', async () => {
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${addresses.opensearchUrl}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
    return (await answer.json()) as { hits: { hits: { _id: string }[] } } & { component: string }[]
  }
  const plugins = await call('GET', '_cat/plugins?format=json')
  assert.deepEqual(plugins.map(({ component }) => component).toSorted(), ['opensearch-knn', 'opensearch-neural-search'])
  const vector = { type: 'knn_vector', dimension: 2, method: { name: 'hnsw', engine: 'lucene', space_type: 'l2' } }
  await call('PUT', 'vectors', { settings: { index: { knn: true } }, mappings: { properties: { vector } } })
  await call('PUT', 'vectors/_doc/near?refresh=true', { vector: [1, 1] })
  await call('PUT', 'vectors/_doc/far?refresh=true', { vector: [9, 9] })
  const found = await call('POST', 'vectors/_search', { query: { knn: { vector: { vector: [1, 2], k: 1 } } } })
  assert.equal(found.hits.hits[0]?._id, 'near')
})

test('a server killed with SIGKILL and restarted has the same address and everything it acknowledged', async () => {
  await produce(addresses.kafkaBrokers, 'kept', 3)
  await query(addresses.databaseUrl, 'create table kept as select 42 as answer')
  await fetch(`${addresses.opensearchUrl}/kept/_doc/1`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  })
  const id = await register('kept')
  for (const name of serverNames) stack.server(name).kill()
  const before = serverNames.map((name) => stack.server(name).address)
  await Promise.all(serverNames.map((name) => stack.server(name).restart()))
  assert.deepEqual(
    serverNames.map((name) => stack.server(name).address),
    before,
  )
  assert.equal(await consumed(addresses.kafkaBrokers, 'kept'), 'k=3')
  assert.deepEqual(await query(addresses.databaseUrl, 'select answer from kept'), [{ answer: 42 }])
  assert.equal(await register('kept'), id)
  assert.equal((await fetch(`${addresses.opensearchUrl}/kept/_doc/1`)).status, 200)
})

test('a server that is given by its address is used, and neither stopped nor restarted', async () => {
  const env = { DATABASE_URL: addresses.databaseUrl, KAFKA_BROKERS: addresses.kafkaBrokers }
  const borrowed = await startStack({ directory: join(folder, 'borrowed'), servers: ['postgres', 'kafka'], env })
  assert.deepEqual(borrowed.providers, { kafka: 'external', postgres: 'external' })
  await assert.rejects(borrowed.server('postgres').restart(), /is not ours \(DATABASE_URL\)/)
  await borrowed.stop()
  await health.postgres(addresses.databaseUrl)
  await health.kafka(addresses.kafkaBrokers)
})

test('an address where nothing answers is one sentence without the password', async () => {
  const env = { DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/crm' }
  const starting = startStack({ directory: join(folder, 'wrong'), servers: ['postgres'], env })
  await assert.rejects(starting, ({ name, message }: Error) => {
    assert.equal(name, 'StackError')
    assert.match(
      message,
      /^Postgres at postgres:\/\/me:\*\*\*@127\.0\.0\.1:1\/crm does not answer .* correct DATABASE_URL/,
    )
    return !message.includes('s3cret')
  })
})

test('when one server cannot start, none is left running', async () => {
  const port = Number(new URL(addresses.opensearchUrl).port)
  const directory = join(folder, 'half')
  const starting = startStack({ directory, servers: ['kafka', 'postgres'], ports: { kafka: port } })
  await assert.rejects(starting, /^StackError: Port \d+ is taken, so Kafka cannot start/)
  const again = await startStack({ directory, servers: ['postgres'] }) // its data is free: nobody uses it
  await again.stop()
})

test('two stacks never share their data', async () => {
  const directory = join(folder, 'shared')
  const first = await startStack({ directory, servers: ['postgres'] })
  await assert.rejects(startStack({ directory, servers: ['postgres'] }), /Another stack is running on the data/)
  await first.stop()
})

test('when the caller is killed with SIGKILL every server ends, and the next start finds what was written', async () => {
  const directory = join(folder, 'killed')
  const script = `
    import { startStack } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    const names = ['kafka', 'postgres']
    const stack = await startStack({ directory: ${JSON.stringify(directory)}, servers: names })
    console.log(JSON.stringify({ addresses: stack.addresses, pids: names.map((name) => stack.server(name).pid) }))
    setInterval(() => {}, 1000)`
  const caller = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => caller.kill('SIGKILL'))
  const [line] = (await once(createInterface(caller.stdout), 'line')) as [string]
  const said = JSON.parse(line) as { addresses: Addresses; pids: number[] }
  await query(said.addresses.databaseUrl, 'create table written as select 7 as n')
  await produce(said.addresses.kafkaBrokers, 'written', 7)
  const found = said.pids.flatMap((pid) => family(pid)).map((pid) => identify(pid))
  const servers = found.filter((each): each is Identity => each !== undefined)
  assert.ok(servers.length > 5, 'Postgres has several processes')
  caller.kill('SIGKILL')
  await once(caller, 'exit')
  const next = startStack({ directory, servers: ['kafka', 'postgres'] }) // at once: it waits for the old ones to end
  await until('the end of all of them', () => assert.deepEqual(servers.filter(isAlive), []), { withinMs: 20_000 })
  const revived = await next
  try {
    assert.deepEqual(await query(revived.addresses.databaseUrl as string, 'select n from written'), [{ n: 7 }])
    assert.equal(await consumed(revived.addresses.kafkaBrokers as string, 'written'), 'k=7')
  } finally {
    await revived.stop()
  }
})
