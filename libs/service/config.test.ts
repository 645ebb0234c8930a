import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { purposeOf, readSettings, SettingsError } from './config.ts'
import { controlSettings, kafkaSettings, processSettings, stateSettings } from './settings.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const hydrate = { name: 'hydrate', settings: z.object({ ...kafkaSettings, ...controlSettings }) }
const compact = { name: 'compact', settings: z.object({ ...kafkaSettings, ...stateSettings }) }
const complete = {
  KAFKA_BROKERS: 'one:9092, two:9092',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8080/apis/ccompat/v7',
  DATABASE_URL: 'postgres://me:hunter22@db/control',
  ENCRYPTION_KEY: KEY,
}

function problemsOf(environment: Record<string, string>): SettingsError {
  try {
    readSettings([hydrate, compact], environment)
  } catch (error) {
    assert(error instanceof SettingsError)
    return error
  }
  assert.fail('the settings were accepted')
}

test('settings are read per app, with defaults', () => {
  const [forHydrate, forCompact] = readSettings([hydrate, compact], complete)
  assert.deepEqual(forHydrate.KAFKA_BROKERS, ['one:9092', 'two:9092'])
  assert.equal(forHydrate.PARTITIONS, 12)
  assert.deepEqual(forHydrate.ENCRYPTION_KEYS_OLD, [])
  assert.equal(forCompact.STATE_DIRECTORY, '.data/state')
  assert.equal('DATABASE_URL' in forCompact, false)
})

test('all problems of all apps come in one message, each with what it is for and who needs it', () => {
  const error = problemsOf({ DATABASE_URL: 'mysql://db', PARTITIONS: 'many' })
  assert.deepEqual(error.problems.map(({ variable }) => variable).sort(), [
    'DATABASE_URL',
    'ENCRYPTION_KEY',
    'KAFKA_BROKERS',
    'PARTITIONS',
    'SCHEMA_REGISTRY_URL',
  ])
  assert.deepEqual(error.problems.find(({ variable }) => variable === 'KAFKA_BROKERS')?.users, ['hydrate', 'compact'])
  assert.match(error.message, /^5 settings are missing or wrong/)
  assert.match(error.message, /KAFKA_BROKERS: is missing — Kafka brokers to begin with.*\(hydrate, compact\)/)
  assert.match(error.message, /DATABASE_URL: is not a postgres:\/\/ URL — .*\(hydrate\)/)
})

test('no value is repeated in the message, secret or not', () => {
  const own = {
    name: 'x',
    settings: z.object({ X: z.string().refine(() => false, { error: ({ input }) => `no: ${input}` }) }),
  }
  assert.throws(
    () => readSettings([own], { X: 'topsecret' }),
    (error: Error) => !error.message.includes('topsecret') && error.message.includes('no: (its value)'),
  )
  const wrong = problemsOf({
    ...complete,
    ENCRYPTION_KEY: 'c2hvcnQ=',
    DATABASE_URL: 'hunter22',
    KAFKA_BROKERS: 'nonsense',
  })
  for (const value of ['c2hvcnQ=', 'hunter22', 'nonsense']) assert.equal(wrong.message.includes(value), false)
})

test('an empty variable counts as not set', () => {
  assert.match(problemsOf({ ...complete, KAFKA_BROKERS: '' }).message, /KAFKA_BROKERS: is missing/)
  assert.equal(readSettings([hydrate], { ...complete, PARTITIONS: '' })[0].PARTITIONS, 12)
})

test('an encryption key is 32 bytes and does not print itself', () => {
  const [settings] = readSettings([hydrate], { ...complete, ENCRYPTION_KEYS_OLD: `${KEY},${KEY}` })
  assert.equal(settings.ENCRYPTION_KEY.symmetricKeySize, 32)
  assert.equal(settings.ENCRYPTION_KEYS_OLD.length, 2)
  assert.equal(JSON.stringify(settings).includes(KEY.slice(0, 8)), false)
})

test('every shared setting says what it is for', () => {
  const all = z.object({ ...kafkaSettings, ...controlSettings, ...stateSettings, ...processSettings })
  for (const name of Object.keys(all.shape)) assert.notEqual(purposeOf(all, name), '', name)
})
