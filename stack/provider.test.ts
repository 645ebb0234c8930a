import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FoundJava } from './jdk.ts'
import { chooseProvider, type Machine, wantedProvider } from './provider.ts'
import { type ServerName, serverNames } from './server.ts'

const java = (release: number): FoundJava => ({ home: `/jvm/${release}`, release, from: 'folder' })
const machine = (has: { java?: number; maven?: boolean; cached?: boolean; docker?: string }): Machine => ({
  java: has.java === undefined ? [] : [java(has.java)],
  maven: has.maven ? '/usr/bin/mvn' : undefined,
  cached: has.cached ?? false,
  engine: async () => has.docker,
})
const choose = (
  has: Parameters<typeof machine>[0],
  wanted: 'auto' | 'jars' | 'containers' = 'auto',
  names = serverNames,
) => chooseProvider(wanted, names, machine(has))

test('with a JDK and Maven the servers come from jars, also where Docker runs', async () => {
  const choice = await choose({ java: 25, maven: true, docker: '28.0' })
  assert.equal(choice.provider, 'jars')
  assert.equal(choice.why, 'from jars, with Java 25 (/jvm/25)')
})

test('Maven is not needed once the jars are in the cache', async () => {
  assert.equal((await choose({ java: 21, cached: true })).provider, 'jars')
})

test('with an old Java the servers come from containers', async () => {
  const choice = await choose({ java: 17, maven: true, docker: '28.0' })
  assert.deepEqual(choice, { provider: 'containers', why: 'in containers, with Docker 28.0' })
})

test('Postgres alone needs no Java', async () => {
  assert.equal((await choose({}, 'auto', ['postgres'])).provider, 'jars')
})

test('the choice can be overruled', async () => {
  assert.equal((await choose({ java: 25, maven: true, docker: '28.0' }, 'containers')).provider, 'containers')
})

test('with nothing to start them with, one sentence says what to install and what was found', async () => {
  await assert.rejects(choose({ java: 17 }), {
    name: 'StackError',
    message:
      'There is nothing here to start Kafka, Schema registry, OpenSearch, and Postgres with: install a JDK 21 or newer ' +
      '(found: Java 17 in /jvm/17) and Maven, or start Docker, ' +
      'or name servers you have in KAFKA_BROKERS, SCHEMA_REGISTRY_URL, OPENSEARCH_URL, and DATABASE_URL.',
  })
})

test('only what is missing is asked for', async () => {
  await assert.rejects(choose({ java: 21 }), ({ message }: Error) => /: install Maven, or start Docker/.test(message))
  await assert.rejects(choose({ maven: true }), ({ message }: Error) => /\(found: no Java\), or start/.test(message))
})

test('a wanted provider that is not there is named with the way out', async () => {
  const kafka: readonly ServerName[] = ['kafka']
  await assert.rejects(choose({ docker: '28.0' }, 'jars', kafka), /Kafka cannot be started from jars: install a JDK 21/)
  await assert.rejects(choose({ java: 25, maven: true }, 'containers', kafka), /no Docker engine answers/)
})

test('STACK_PROVIDER wins over the caller, and a wrong one is refused', () => {
  assert.equal(wantedProvider(undefined), 'auto')
  assert.equal(wantedProvider('', 'jars'), 'jars')
  assert.equal(wantedProvider('containers', 'jars'), 'containers')
  assert.throws(() => wantedProvider('podman'), /STACK_PROVIDER is "podman"; it can be auto, jars or containers/)
})
