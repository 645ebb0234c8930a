/** Generations on a real Postgres. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { StoreError } from '@attio-stream/sink'
import { storeConformance } from '@attio-stream/sink/store-conformance'
import { type Stack, startStack } from '@attio-stream/stack'
import { Pool } from 'pg'
import { storeSettings } from './config.ts'
import { poolOf } from './pool.ts'
import { PostgresStore } from './store.ts'

const forever = new AbortController().signal
let stack: Stack
let pool: Pool
const opened = (schema: string) =>
  new PostgresStore(storeSettings.parse({ DATABASE_URL: stack.addresses.databaseUrl, SINK_POSTGRES_SCHEMA: schema }))

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'store-postgres-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  pool = new Pool({ connectionString: stack.addresses.databaseUrl ?? '' })
  pool.on('error', () => undefined)
})
after(async () => {
  await pool?.end()
  await stack?.stop()
})

storeConformance('Postgres', {
  open: async () => opened('search'),
  titles: async (workspace) => {
    const { rows } = await pool.query('select title from search.documents where workspace_id = $1', [workspace])
    return rows.map(({ title }) => title)
  },
})

async function withTwo(schema: string) {
  const store = opened(schema)
  for (const generation of [1, 2]) {
    const sink = store.sink(generation)
    await sink.open(forever)
    await sink.close()
  }
  return store
}

test('the rights that were given on the view stay when its columns change', async () => {
  const store = await withTwo('granted')
  await pool.query(`create role reader; drop view granted.documents; create view granted.documents as select 1 as old;
    grant select on granted.documents to reader with grant option`)
  await store.show(2)
  const { rows } = await pool.query(
    `select has_table_privilege('reader', 'granted.documents', 'select with grant option') as may`,
  )
  assert.deepEqual(rows, [{ may: true }])
  assert.equal((await pool.query('select title from granted.documents')).rowCount, 0)
  await store.close()
})

test('the generation readers see cannot be dropped', async () => {
  const store = await withTwo('shown')
  await assert.rejects(store.drop(1), /SQLSTATE 2BP01/)
  assert.equal((await pool.query('select 1 from shown.documents')).rowCount, 0)
  await store.close()
})

test('a reader who holds the view delays a switch and fails no other reader', async () => {
  const store = await withTwo('held')
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select 1 from held.documents')
  await assert.rejects(store.show(2), (error) => error instanceof StoreError && /55P03/.test(error.message))
  assert.equal((await pool.query('select 1 from held.documents')).rowCount, 0)
  await client.query('commit')
  client.release()
  await store.show(2)
  await store.close()
})

test('a server that dies while a connection is lent out is told by the statement, and does not end the process', async () => {
  const lent = poolOf(storeSettings.parse({ DATABASE_URL: stack.addresses.databaseUrl }), 1)
  const client = await lent.connect()
  const sleeping = client.query('select pg_sleep(60)')
  const failed = assert.rejects(sleeping)
  await stack.server('postgres').stop()
  await failed
  client.release(true)
  await lent.end()
  await stack.server('postgres').restart()
})
