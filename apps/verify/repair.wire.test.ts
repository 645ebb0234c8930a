/** Real stores, damaged behind the sink's back in every way there is: verify names each, and repair mends exactly those. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Sink, sinkGroup } from '@attio-stream/sink'
import { type Stack, startStack } from '@attio-stream/stack'
import { retry } from '@attio-stream/stream'
import { startTurbopufferEmulator, type TurbopufferEmulator } from '@attio-stream/test/turbopuffer'
import { Pool } from 'pg'
import { alive, dead, givenWorld } from './given.ts'
import { repair } from './repair.ts'
import { loadStores } from './stores.ts'
import { exitCodeOf } from './verify.ts'

const W1 = randomUUID()
const DAMAGES = ['missing', 'stale', 'ahead', 'changed', 'dead', 'unmarked'] as const
type Damage = (typeof DAMAGES)[number]

/** Does it to one document, without the sink. */
type Vandal = (damage: Damage | 'extra', id: string, version: number) => Promise<void>

let stack: Stack
let turbopuffer: TurbopufferEmulator
before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'verify-'))
  stack = await startStack({ servers: ['postgres', 'opensearch'], directory, ephemeral: true })
  turbopuffer = await startTurbopufferEmulator()
})
after(async () => {
  await turbopuffer?.stop()
  await stack?.stop()
})

const settings = () => ({
  DATABASE_URL: stack.addresses.databaseUrl,
  OPENSEARCH_URL: stack.addresses.opensearchUrl,
  TURBOPUFFER_API_KEY: turbopuffer.apiKey,
  TURBOPUFFER_BASE_URL: turbopuffer.url,
})

const VANDALS: Readonly<
  Record<string, () => Promise<{ readonly vandal: Vandal; readonly close: () => Promise<void> }>>
> = {
  async postgres() {
    const pool = new Pool({ connectionString: stack.addresses.databaseUrl ?? '' })
    const { rows } = await pool.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'search' and table_name like 'documents\\_g%'`,
    )
    const table = `search.${rows[0]?.name}`
    const set = async (what: string, id: string) =>
      void (await pool.query(`update ${table} set ${what} where record_id = $1`, [id]))
    /** A living row like any other, of this record. */
    const copy = async (id: string, version: number) => {
      const { rows: columns } = await pool.query<{ name: string }>(
        `select column_name as name from information_schema.columns
         where table_schema || '.' || table_name = $1 and is_generated = 'NEVER'`,
        [table],
      )
      const names = columns.map(({ name }) => name)
      const changed: Readonly<Record<string, string>> = { record_id: `'${id}'`, version: String(version) }
      const values = names.map((name) => changed[name] ?? name)
      await pool.query(`insert into ${table} (${names}) select ${values} from ${table} where not deleted limit 1`)
    }
    const vandal: Vandal = async (damage, id, version) => {
      switch (damage) {
        case 'missing':
        case 'unmarked':
          return void (await pool.query(`delete from ${table} where record_id = $1`, [id]))
        case 'stale':
          return set(`version = ${version - 1}`, id)
        case 'ahead':
          return set(`version = ${version + 1000}`, id)
        case 'changed':
          return set(`title = 'Vandalised', hash = 'x'`, id)
        case 'dead':
          await pool.query(`delete from ${table} where record_id = $1`, [id])
          return copy(id, version - 1)
        case 'extra':
          return copy(randomUUID(), version)
      }
    }
    return { vandal, close: () => pool.end() }
  },
  async opensearch() {
    const url = stack.addresses.opensearchUrl ?? ''
    const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${url}/${path}`, {
        method,
        ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
      })
      const answer = (await response.json()) as Record<string, unknown>
      assert.ok(response.ok, `${method} ${path}: ${JSON.stringify(answer)}`)
      return answer
    }
    const [index = ''] = Object.keys(await call('GET', 'documents-g*'))
    // What was removed is remembered for a second instead of a minute.
    await call('PUT', `${index}/_settings`, { index: { gc_deletes: '1s' } })
    const source = async (id: string) => (await call('GET', `${index}/_doc/${id}`))._source as Record<string, unknown>
    const vandal: Vandal = async (damage, id, version) => {
      const document = await source(id)
      const put = async (at: number, what: object, as = id) =>
        void (await call('PUT', `${index}/_doc/${as}?version=${at}&version_type=external_gte`, {
          ...document,
          ...what,
        }))
      switch (damage) {
        case 'missing':
        case 'unmarked':
          return void (await call('DELETE', `${index}/_doc/${id}`))
        case 'stale':
          await call('DELETE', `${index}/_doc/${id}`)
          // Until it has forgotten the version of what was removed.
          return retry(() => put(version - 1, { version: version - 1 }), { attempts: 60, firstMs: 250, maxMs: 250 })
        case 'ahead':
          return put(version + 1000, { version: version + 1000 })
        case 'changed':
          return put(version, { title: 'Vandalised', hash: 'x' })
        case 'dead':
          return put(version, { deleted: false, hash: 'x' })
        case 'extra': {
          const as = randomUUID()
          return put(version, { record_id: as }, as)
        }
      }
    }
    return { vandal, close: async () => {} }
  },
  async turbopuffer() {
    const write = async (body: object): Promise<void> => {
      const headers = { authorization: `Bearer ${turbopuffer.apiKey}`, 'content-type': 'application/json' }
      const path = `/v2/namespaces/attio-${W1}-g1`
      const response = await fetch(`${turbopuffer.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      assert.ok(response.ok, await response.text())
    }
    const patch = (id: string, what: object) =>
      write({ patch_by_filter: { filters: ['record_id', 'Eq', id], patch: what } })
    const vandal: Vandal = async (damage, id, version) => {
      switch (damage) {
        case 'missing':
        case 'unmarked':
          return write({ delete_by_filter: ['record_id', 'Eq', id] })
        case 'stale':
          return patch(id, { version: version - 1 })
        case 'ahead':
          return patch(id, { version: version + 1000 })
        case 'changed':
          return patch(id, { text: 'Vandalised', hash: 'x' })
        case 'dead':
          return patch(id, { deleted: false, hash: 'x', chunk_count: 1 })
        case 'extra': {
          const vector = Array.from({ length: 256 }, (_, n) => (n === 0 ? 1 : 0))
          const row = {
            id: randomUUID(),
            vector,
            record_id: randomUUID(),
            ordinal: 0,
            chunk_count: 1,
            version,
            deleted: false,
            hash: 'x',
          }
          return write({ upsert_rows: [row], distance_metric: 'cosine_distance' })
        }
      }
    }
    return { vandal, close: async () => {} }
  },
}

for (const name of ['postgres', 'opensearch', 'turbopuffer'])
  describe(`${name}, damaged`, () => {
    let sink: Sink
    before(async () => {
      const [store] = await loadStores([name])
      assert.ok(store)
      sink = await store.open(store.settings.parse(settings()))
    })
    after(async () => await sink?.close())

    test('every difference is named and mended, twice is once, and the rest is not touched', async () => {
      const ids = Object.fromEntries(DAMAGES.map((damage) => [damage, randomUUID()])) as Record<Damage, string>
      const untouched = randomUUID()
      const isDead = (damage: string) => damage === 'dead' || damage === 'unmarked'
      const all = [...DAMAGES, 'untouched' as const].map((damage) => ({
        damage,
        id: damage === 'untouched' ? untouched : ids[damage],
      }))
      // A first version of each, so that there is an older one.
      const w = await givenWorld([
        ...all.map(({ id }) => [id, alive(id, 'old', W1)] as const),
        ...all.map(
          ({ damage, id }) => [id, isDead(damage) ? dead(id, W1) : alive(id, `Company ${damage}`, W1)] as const,
        ),
      ])
      const writer = await w.log.transactional('sink')
      const offsets = [{ topic: 'crm.artifacts', partition: 0, offset: 2 * all.length }]
      await writer.commit({ messages: [], group: sinkGroup(sink.name, sink.generation), offsets })
      const options = { ...w.options(sink), workspace: W1, pausesMs: [0, 10, 1_500] }

      const filled = await repair(options)
      assert.equal(exitCodeOf(filled.after), 0, JSON.stringify(filled.after))
      const { vandal, close } = await (VANDALS[name] as (typeof VANDALS)[string])()
      for (const [index, { damage, id }] of all.entries())
        if (damage !== 'untouched') await vandal(damage, id, all.length + index)
      await vandal('extra', untouched, 5)
      const found = await repair(options)
      assert.deepEqual(
        found.before.stores[0]?.differences
          .map(({ kind, id }) => `${kind} ${id}`)
          .filter((one) => !one.startsWith('extra'))
          .sort(),
        DAMAGES.map((damage) => `${damage} ${ids[damage]}`).sort(),
      )
      assert.equal(found.before.stores[0]?.differences.filter(({ kind }) => kind === 'extra').length, 1)
      assert.deepEqual(found.after.stores[0]?.differences, [], JSON.stringify(found.repairs))
      const again = await repair(options)
      assert.deepEqual([exitCodeOf(again.after), again.repairs], [0, []])
      await close()
    })
  })
