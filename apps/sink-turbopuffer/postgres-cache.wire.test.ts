/** The embedding cache on a real Postgres. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Control, openControl } from '@attio-stream/service'
import { type Stack, startStack } from '@attio-stream/stack'
import { sql } from 'kysely'
import { type CacheTables, postgresCache } from './postgres-cache.ts'

let stack: Stack
let control: Control
before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'embedding-cache-'))
  stack = await startStack({ servers: ['postgres'], directory, ephemeral: true })
  control = await openControl({ databaseUrl: stack.addresses.databaseUrl ?? '' })
})
after(async () => {
  await control?.close()
  await stack?.stop()
})
const db = () => control.db.withTables<CacheTables>()
const vectors = (...hashes: string[]) => new Map(hashes.map((hash, i) => [hash, Float32Array.of(i, -0.5, 1e-9)]))

test('vectors come back bit for bit, per model, and may be put again', async () => {
  const cache = postgresCache(db(), { size: 100, days: 0 })
  await cache.put('m/3', vectors('a', 'b'))
  await cache.put('m/3', vectors('b', 'c'))
  const found = await cache.get('m/3', ['a', 'b', 'z'])
  assert.deepEqual([...found.keys()].sort(), ['a', 'b'])
  assert.deepEqual(found.get('b'), Float32Array.of(1, -0.5, 1e-9))
  assert.equal((await cache.get('other', ['a'])).size, 0)
  assert.equal((await cache.get('m/3', [])).size, 0)
})

test('two instances may put the same vectors at once', async () => {
  const names = Array.from({ length: 500 }, (_, i) => `same${i}`)
  await Promise.all([
    postgresCache(db(), { size: 10_000, days: 0 }).put('p', vectors(...names)),
    postgresCache(db(), { size: 10_000, days: 0 }).put('p', vectors(...names.toReversed())),
  ])
  assert.equal((await postgresCache(db(), { size: 10_000, days: 0 }).get('p', names)).size, 500)
})

test('when it is too large the vectors used longest ago go', async () => {
  await sql`truncate control.embedding_cache`.execute(control.db)
  await postgresCache(db(), { size: 100, days: 0 }).put('m', vectors('old', 'used', 'older'))
  await sql`update control.embedding_cache set used_on = current_date - 9 where hash <> 'older'`.execute(control.db)
  await sql`update control.embedding_cache set used_on = current_date - 10 where hash = 'older'`.execute(control.db)
  await postgresCache(db(), { size: 100, days: 0 }).get('m', ['used'])
  await postgresCache(db(), { size: 2, days: 0 }).put('m', vectors('new'))
  assert.deepEqual(
    [...(await postgresCache(db(), { size: 2, days: 0 }).get('m', ['old', 'used', 'older', 'new'])).keys()].sort(),
    ['new', 'used'],
  )
})
