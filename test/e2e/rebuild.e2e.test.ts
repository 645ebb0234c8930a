/**
 * Generations on the real servers: rebuilt while edits flow and readers look, killed in the middle, found wrong, gone back
 * from. Artifacts are written straight into crm.artifacts; only the sinks run.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { OpenSearchStore, storeSettings } from '@attio-stream/sink-opensearch'
import { kafkaLog, type Log, openCodec } from '@attio-stream/stream'
import pg from 'pg'
import { type Made, madeArtifacts, titleOf } from '../support/artifacts.ts'
import { beginRebuild, generationRows } from '../support/rebuild.ts'
import type { Store } from '../support/stores.ts'
import { throwaway } from '../support/throwaway.ts'
import { until } from '../support/until.ts'

const RECORDS = 2_000
const SINKS = ['postgres', 'opensearch', 'turbopuffer'] as const

let log: Log
let made: Made
let stores: readonly Store[]
let pool: pg.Pool

const running = throwaway({
  processes: [['sink-postgres', 'sink-opensearch', 'sink-turbopuffer']],
  size: 'empty',
  async prepare({ system, stores: storesOf, workspaces }) {
    const [workspace] = workspaces
    if (workspace === undefined) throw new Error('the emulated Attio has no workspace')
    log = kafkaLog({ brokers: String(system.env.KAFKA_BROKERS).split(','), clientId: 'rebuild-test' })
    const codec = await openCodec({ registryUrl: String(system.env.SCHEMA_REGISTRY_URL) })
    made = await madeArtifacts({ log, codec, workspace: workspace.id })
    pool = new pg.Pool({ connectionString: String(system.env.DATABASE_URL), max: 2 })
    pool.on('error', () => undefined)
    stores = storesOf(workspace)
    await made.write(Array.from({ length: RECORDS }, (_, n) => n))
    for (const store of stores)
      await until(`${store.name} being full`, async () => assert.equal(await count(store), RECORDS))
  },
  async finish() {
    await log?.close()
    await pool?.end()
  },
})

const count = async (store: Store) => [...(await store.counts()).values()].reduce((sum, n) => sum + n, 0)

const begun = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  beginRebuild(args, { ...running().system.env, ...env })
/** What it prints, and its exit code. */
async function rebuild(args: readonly string[]) {
  const { ended, printed } = begun(args)
  return { code: await ended, text: printed() }
}
const generations = (sink: string) => generationRows(pool, sink)
const seen = (store: Store, n: number, edit: number) =>
  until(`${store.name} showing edit ${edit}`, async () =>
    assert.match((await store.find(made.id(n)))?.title ?? '', new RegExp(`${titleOf(n, edit)}$`)),
  )

test('every store is rebuilt while edits flow, and readers who look all the time never miss a document', async () => {
  let flowing = true
  let edits = 0
  const flow = async () => {
    while (flowing) {
      await made.write([edits % RECORDS], 1)
      edits++
      await pause(40)
    }
  }
  const counts = new Map<string, Set<number>>(stores.map(({ name }) => [name, new Set()]))
  const look = async (store: Store) => {
    while (flowing) {
      counts.get(store.name)?.add(await count(store))
      await pause(20)
    }
  }
  const busy = [flow(), ...stores.map(look)]
  const { code, text } = await rebuild(['--sink', 'all'])
  flowing = false
  await Promise.all(busy)
  assert.equal(code, 0, text)
  for (const store of stores) {
    assert.deepEqual([...(counts.get(store.name) ?? [])], [RECORDS], `${store.name}: ${text}`)
    await seen(store, edits - 1, 1)
  }
  for (const sink of SINKS)
    assert.deepEqual(
      (await generations(sink)).map(({ number, state }) => [number, state]),
      [
        [1, 'retired'],
        [2, 'live'],
      ],
    )
  await running().verified()
})

test('a rebuild killed in the middle goes on where it was; meanwhile a second one is refused by name', async () => {
  const slowly = { SINK_REBUILD_DOCUMENTS_PER_SECOND: '400', SINK_REBUILD_BATCH_DOCUMENTS: '25' }
  const first = begun(['--sink', 'postgres'], slowly)
  await until('a quarter being done', async () => {
    const third = (await generations('postgres')).find(({ number }) => number === 3)
    assert.ok(third !== undefined && third.done > third.total / 4)
  })
  const second = await rebuild(['--sink', 'postgres'])
  assert.equal(second.code, 1)
  assert.match(second.text, /Generation 3 of postgres is building since/)
  first.child.kill('SIGKILL')
  await first.ended
  const committed = (await log.committed('sink-postgres-g3', 'crm.artifacts')).reduce(
    (sum, at) => sum + Math.max(0, at),
    0,
  )
  const written = Number((await pool.query('select count(*) from search.documents_g3')).rows[0].count)
  assert.ok(written - committed <= RECORDS * 0.05, `${written} written, ${committed} committed`)
  const { code, text } = await rebuild(['--sink', 'postgres'])
  assert.equal(code, 0, text)
  assert.match(text, /generation 3 goes on/)
  await running().verified()
})

test('a generation that lost a document never becomes live, names it, and goes when it is cancelled', async () => {
  const slowly = { SINK_REBUILD_DOCUMENTS_PER_SECOND: '400', SINK_REBUILD_BATCH_DOCUMENTS: '25' }
  const first = begun(['--sink', 'postgres'], slowly)
  // In its newest version: nothing that is still to come brings it back.
  const lost = await until('something being written', async () => {
    const { rows } = await pool.query(
      `select record_id from search.documents_g4 built join search.documents shown using (record_id)
       where built.version = shown.version limit 1`,
    )
    assert.equal(rows.length, 1)
    return String(rows[0].record_id)
  })
  first.child.kill('SIGINT')
  await first.ended
  assert.match(first.printed(), /the same command goes on with it/)
  await pool.query('delete from search.documents_g4 where record_id = $1', [lost])
  const { code, text } = await rebuild(['--sink', 'postgres'])
  assert.equal(code, 1)
  assert.match(text, new RegExp(`does not hold what it should.*missing attio_company_${lost}`))
  const status = await rebuild(['status', '--sink', 'postgres'])
  assert.match(status.text, /postgres 4: caught up[\s\S]*does not go on: .*missing[\s\S]*postgres 3: live/)
  assert.equal((await rebuild(['cancel', '--sink', 'postgres'])).code, 0)
  assert.equal((await pool.query(`select to_regclass('search.documents_g4') is null as gone`)).rows[0].gone, true)
  await running().verified()
})

test('a rollback shows the generation before, with what was edited since', async () => {
  const edit = 7
  await made.write([5], edit)
  for (const store of stores) await seen(store, 5, edit)
  const { code, text } = await rebuild(['rollback', '--sink', 'opensearch,turbopuffer'])
  assert.equal(code, 0, text)
  for (const store of stores) {
    assert.equal(await count(store), RECORDS)
    await seen(store, 5, edit)
  }
  for (const sink of ['opensearch', 'turbopuffer'])
    assert.deepEqual(
      (await generations(sink)).map(({ state }) => state),
      ['live', 'retired'],
    )
  await made.write([6], edit)
  for (const store of stores) await seen(store, 6, edit)
  await running().verified()
})

test('a store that fills up while a generation is built stops neither live work nor what was built, and the rebuild says why it waits', async () => {
  const { env } = running().system
  const slowly = { SINK_REBUILD_DOCUMENTS_PER_SECOND: '400', SINK_REBUILD_BATCH_DOCUMENTS: '25' }
  const next = async (sink: string) => Math.max(...(await generations(sink)).map(({ number }) => number)) + 1
  const table = `search.documents_g${await next('postgres')}`
  const openSearch = new OpenSearchStore(storeSettings.parse(env))
  const [index] = openSearch.places(await next('opensearch'))
  await openSearch.close()
  // As the servers themselves say it: SQLSTATE 53100, and the block that OpenSearch puts on an index of a full disk.
  await pool.query(`create function search.no_room() returns trigger language plpgsql as
    $$ begin raise exception using errcode = '53100', message = 'no space left on device'; end $$`)
  const block = (full: true | null) =>
    fetch(`${env.OPENSEARCH_URL}/${index}/_settings`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ index: { blocks: { read_only_allow_delete: full } } }),
    })
  const stoppers = {
    postgres: {
      fill: () => pool.query(`create trigger no_room before insert on ${table} execute function search.no_room()`),
      free: () => pool.query(`drop trigger no_room on ${table}`),
      why: /waits: .*Postgres failed while writing .* \(SQLSTATE 53100\)/,
    },
    opensearch: {
      fill: () => block(true),
      free: () => block(null),
      why: /waits: The store of opensearch cannot be written: /,
    },
  }
  for (const [sink, { fill, free, why }] of Object.entries(stoppers)) {
    const number = await next(sink)
    const rebuilding = begun(['--sink', sink], slowly)
    const row = async () => (await generations(sink)).find((one) => one.number === number)
    await until('some of it being written', async () => assert.ok(((await row())?.done ?? 0) > RECORDS / 10))
    await fill()
    await until('the reason being told', async () => assert.match(rebuilding.printed(), why))
    const stuck = (await row())?.done ?? 0
    for (const n of [10, 11, 12]) {
      await made.write([n], number)
      for (const store of stores) await seen(store, n, number)
    }
    assert.equal((await row())?.state, 'building', 'it is not live, and not given up')
    assert.ok(stuck < RECORDS)
    await free()
    assert.equal(await rebuilding.ended, 0, rebuilding.printed())
    assert.equal((await row())?.state, 'live')
  }
  await running().verified()
})
