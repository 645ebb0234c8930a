import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generate, generateFromFiles } from './generate.ts'
import { TOPIC_NAMES, TOPICS } from './topics.ts'

const SCHEMAS = new URL('../../schemas/', import.meta.url)
const schemaOf = (file: string) =>
  JSON.parse(readFileSync(new URL(`${file}.avsc`, SCHEMAS), 'utf8')) as {
    name: string
    doc: string
    fields: readonly { name: string }[]
  }

test('every topic has a schema file, every schema file a topic', () => {
  const used = TOPIC_NAMES.map((name) => `${TOPICS[name].schema}.avsc`).sort()
  const present = readdirSync(SCHEMAS)
    .filter((file) => file.endsWith('.avsc'))
    .sort()
  assert.deepEqual(present, used)
})

test('every schema says in its first words which topic it is for, and every message carries the workspace', () => {
  for (const name of TOPIC_NAMES) {
    const schema = schemaOf(TOPICS[name].schema)
    assert(schema.doc.startsWith(`${name}: `), `${TOPICS[name].schema}.avsc: its doc does not begin with "${name}: "`)
    assert(
      schema.fields.some((field) => field.name === 'workspace_id'),
      `${TOPICS[name].schema}.avsc has no workspace_id`,
    )
  }
})

test('the README of schemas/ tells of every topic, and of no other', () => {
  const readme = readFileSync(new URL('README.md', SCHEMAS), 'utf8')
  const told = [...readme.matchAll(/^\| `([a-z]+\.[a-z-]+)` \|/gm)].map((match) => match[1])
  assert.deepEqual(told.sort(), [...TOPIC_NAMES].sort())
})

test('co-partitioned topics share their partition count', () => {
  for (const name of ['attio.changes', 'crm.records', 'crm.children', 'crm.attachments', 'crm.artifacts'] as const)
    assert.equal(TOPICS[name].partitions, 'shared', name)
})

test('the generated types are what the schemas say', () => {
  assert.equal(readFileSync(new URL('generated.ts', import.meta.url), 'utf8'), generateFromFiles())
})

test('a stale generated.ts fails the check, and generating mends it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'attio-stream-contracts-'))
  try {
    cpSync(SCHEMAS, join(directory, 'schemas'), { recursive: true })
    cpSync(import.meta.dirname, join(directory, 'libs/contracts'), { recursive: true })
    const generator = join(directory, 'libs/contracts/generate.ts')
    const check = () => spawnSync(process.execPath, [generator, '--check'], { encoding: 'utf8' })
    assert.equal(check().status, 0)
    const file = join(directory, 'schemas/name.avsc')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"name": "hash"', '"name": "digest"'))
    const stale = check()
    assert.equal(stale.status, 1)
    assert.match(stale.stderr, /run `make schemas`/)
    execFileSync(process.execPath, [generator])
    assert.equal(check().status, 0)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('Avro types become read-only TypeScript types', () => {
  const field = (name: string, type: unknown) => ({ name, type })
  const text = generate([
    {
      type: 'record',
      name: 'All',
      doc: 'All of them.',
      fields: [
        field('maybe', ['null', 'bytes']),
        field('many', { type: 'array', items: ['null', 'long'] }),
        field('map', { type: 'map', values: 'string' }),
        field('one_of', { type: 'enum', name: 'Kind', symbols: ['A', 'B'] }),
        field('inner', { type: 'record', name: 'Inner', fields: [field('x', 'double')] }),
        field('again', ['null', 'Inner']),
        field('logical', { type: 'long', logicalType: 'timestamp-millis' }),
      ],
    },
  ])
  assert.match(text, /\/\*\* All of them\. \*\/\nexport interface All \{/)
  for (const line of [
    'maybe: Buffer | null',
    'many: readonly (number | null)[]',
    'map: Readonly<Record<string, string>>',
    "one_of: 'A' | 'B'",
    'inner: Inner',
    'again: Inner | null',
    'logical: number',
  ])
    assert(text.includes(`  readonly ${line}\n`), line)
  assert.throws(
    () => generate([{ type: 'record', name: 'X', fields: [field('y', 'Nowhere')] }]),
    /neither primitive nor defined/,
  )
})
