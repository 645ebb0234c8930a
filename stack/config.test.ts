import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { serverNames, servers, shown } from './server.ts'

test('every wrong setting is in one sentence, with its name', () => {
  assert.throws(
    () => readConfig({ KAFKA_PORT: 'many', STACK_PROVIDER: 'podman' }),
    ({ name, message }: Error) => name === 'StackError' && /KAFKA_PORT: .*STACK_PROVIDER: /.test(message),
  )
})

test('an empty setting counts as none', () => {
  const { env, ports } = readConfig({ KAFKA_BROKERS: '', KAFKA_PORT: '' })
  assert.equal(env.KAFKA_BROKERS, undefined)
  assert.deepEqual(ports, {
    kafka: 19_092,
    registry: 18_081,
    opensearch: 19_200,
    postgres: 15_432,
    webhook: 18_080,
    health: 18_090,
    attio: 17_070,
    turbopuffer: 17_071,
  })
})

test('.env.example names every setting of the servers with its default port', () => {
  const text = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8')
  for (const name of serverNames) {
    const { addressVariable, portVariable, defaultPort } = servers[name]
    assert.match(text, new RegExp(`^# ${addressVariable}=`, 'm'))
    assert.match(text, new RegExp(`^# ${portVariable}=${defaultPort}$`, 'm'))
  }
  const { ports } = readConfig({})
  for (const name of ['WEBHOOK', 'HEALTH', 'ATTIO_EMULATOR', 'TURBOPUFFER_EMULATOR'] as const) {
    const key = name.split('_')[0]?.toLowerCase() as 'webhook' | 'health' | 'attio' | 'turbopuffer'
    assert.match(text, new RegExp(`^# ${name}_PORT=${ports[key]}$`, 'm'))
  }
  for (const name of ['EMULATOR_SIZE', 'STACK_PROVIDER', 'STACK_DIRECTORY', 'STACK_CACHE'])
    assert.match(text, new RegExp(`^# ${name}=`, 'm'))
})

test('the password of an external server is not shown', () => {
  assert.equal(shown('external', 'postgres://me:s3cret@db:5432/crm'), 'postgres://me:***@db:5432/crm')
  assert.equal(shown('external', 'https://search.example:9200'), 'https://search.example:9200')
  assert.equal(
    shown('jars', 'postgres://postgres:postgres@127.0.0.1:1/x'),
    'postgres://postgres:postgres@127.0.0.1:1/x',
  )
})
