/**
 * The commands somebody types to know whether the index is true, on the real servers: both ends compared, what no webhook told
 * of mended, a damaged store mended, and the life of a record told (R15).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pool } from 'pg'
import type { EmulatedWorkspace } from '../support/attio-control.ts'
import { throwaway } from '../support/throwaway.ts'

let workspace: EmulatedWorkspace
let pool: Pool
let companies: readonly string[]
let deals: readonly string[]

const running = throwaway({
  attioArgs: ['--time-scale', '0.003'],
  async prepare({ system, attio, workspaces, connect, backfill, verified }) {
    workspace = workspaces[0] ?? assert.fail('no workspace')
    pool = new Pool({ connectionString: String(system.env.DATABASE_URL), max: 1 })
    await connect(workspace)
    await backfill(workspace)
    await verified()
    const { data } = (await attio.truth({ kind: 'ids', workspace: workspace.id })) as {
      readonly data: { readonly records: Readonly<Record<string, readonly string[]>> }
    }
    companies = data.records.companies ?? []
    deals = data.records.deals ?? []
  },
  async finish() {
    await pool?.end()
  },
})

const verify = (...args: readonly string[]) => running().system.command('apps/verify/main.ts', args)
const trace = (...args: readonly string[]) => running().system.command('apps/trace/main.ts', args)

test('what no webhook told of is named by verify --source, mended by --repair, and explained by trace', async () => {
  const { attio, verified } = running()
  const [renamed = '', deleted = ''] = [companies[0], deals.at(-1)]
  assert.match(await verify('--source', '--workspace', workspace.slug), /0 differences/)
  await attio.faults({ deliveries: { dropRate: 1 } })
  await attio.edit('renameRecord', { workspace: workspace.id, record: renamed, name: 'Umbenannt GmbH' })
  await attio.edit('deleteRecord', { workspace: workspace.id, record: deleted })
  await attio.faults({ deliveries: { dropRate: 0 } })
  await assert.rejects(verify('--source'), (error: Error) => {
    assert.match(error.message, new RegExp(`stale attio_company_${renamed}`))
    assert.match(error.message, new RegExp(`dead attio_deal_${deleted}`))
    return true
  })
  assert.match(await verify('--source', '--repair'), /Mended: (\d+) of \1\./)
  await verified()
  const shown = await pool.query('select title from search.documents where record_id = any($1)', [[renamed, deleted]])
  assert.deepEqual(shown.rows, [{ title: 'Umbenannt GmbH' }])

  const life = await trace(`attio_company_${renamed}`)
  assert.match(life, /backfill, sent \S+, \d+ characters → applied: The first that is known of it\./)
  assert.match(
    life,
    /sweep, sent \S+, \d+ characters → applied: .*other content\. It became crm\.records @\d+\. Fields: .*name/,
  )
  assert.match(life, /The newest state in the topic agrees\./)
  for (const store of ['postgres', 'opensearch', 'turbopuffer'])
    assert.match(life, new RegExp(`${store} +version \\d+ +live, hash [0-9a-f]{8} +as it should be`))
  assert.doesNotMatch(life, /Umbenannt/)
  assert.match(await trace(deleted), /sweep, sent \S+, gone → applied/)
  await assert.rejects(trace('00000000-0000-4000-8000-000000000000'), /Nothing is known of/)
})

test('rows changed and lost in Postgres are named, shown by trace, and written again by verify --repair', async () => {
  const [changed = '', lost = ''] = companies.slice(1)
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'search' and table_name like 'documents\\_g%'`,
  )
  const table = `search.${rows[0]?.name}`
  await pool.query(`update ${table} set hash = 'x', title = 'Vandalised' where record_id = $1`, [changed])
  await pool.query(`delete from ${table} where record_id = $1`, [lost])
  await assert.rejects(verify('--stores', 'postgres'), (error: Error) => {
    assert.match(error.message, new RegExp(`changed attio_company_${changed}`))
    assert.match(error.message, new RegExp(`missing attio_company_${lost}`))
    return true
  })
  assert.match(await trace(lost, '--stores', 'postgres'), /postgres +has nothing +missing/)
  assert.match(await verify('--stores', 'postgres', '--repair'), /round 1: 2 written again, 0 removed/)
  const mended = await pool.query(`select title from ${table} where record_id = any($1)`, [[changed, lost]])
  assert.equal(mended.rows.length, 2)
  assert.ok(mended.rows.every(({ title }) => title !== 'Vandalised'))
})
