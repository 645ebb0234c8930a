/**
 * A sweep as somebody types it, on real servers: edits whose webhooks never came are found, healed in every store and counted;
 * its process may be killed in the middle; two who ask at once get one; and what is true costs reads and nothing else.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Control, openControl } from '@attio-stream/service'
import { sql } from 'kysely'
import type { EmulatedWorkspace } from '../support/attio-control.ts'
import { metric } from '../support/metrics.ts'
import type { Store } from '../support/stores.ts'
import { throwaway } from '../support/throwaway.ts'
import { until } from '../support/until.ts'

let workspace: EmulatedWorkspace
let stores: readonly Store[]
let control: Control

const running = throwaway({
  attioArgs: ['--time-scale', '0.01'],
  processes: [
    ['webhook', 'hydrate', 'compact', 'enrich', 'sink-postgres', 'sink-opensearch', 'sink-turbopuffer'],
    ['backfill'],
  ],
  async prepare({ system, workspaces, connect, backfill, verified, stores: storesOf }) {
    workspace = workspaces[0] ?? assert.fail('no workspace')
    control = await openControl({ databaseUrl: String(system.env.DATABASE_URL) })
    await connect(workspace)
    await backfill(workspace)
    stores = storesOf(workspace)
    await verified()
  },
  finish: async () => control?.close(),
})

const sweep = (...more: string[]): Promise<string> =>
  running().system.command('apps/backfill/main.ts', ['sweep', '--workspace', workspace.slug, ...more])
async function recordsOf(object: string): Promise<readonly string[]> {
  const { data } = (await running().attio.truth({ kind: 'ids', workspace: workspace.id })) as {
    readonly data: { readonly records: Readonly<Record<string, readonly string[]>> }
  }
  return data.records[object] ?? assert.fail(`no ${object}`)
}

test('lost webhooks are healed in every store, and the command says how many of what', async () => {
  const { attio, verified, service } = running()
  const [renamed = '', gone = ''] = await recordsOf('companies')
  await attio.faults({ deliveries: { dropRate: 1 } })
  await attio.edit('renameRecord', { workspace: workspace.id, record: renamed, name: 'Swept Clean Ltd' })
  await attio.edit('deleteRecord', { workspace: workspace.id, record: gone })
  await attio.edit('createNote', { workspace: workspace.id, record: renamed, title: 'Silent note', content: 'x' })
  await attio.faults({ deliveries: { dropRate: 0 } })
  const said = await sweep()
  assert.match(said, /1 record deleted/)
  assert.match(said, /1 note created/)
  assert.match(said, /\d+ record changed/)
  await verified()
  for (const store of stores) {
    assert.equal(await store.find(gone), undefined, store.name)
    assert.match((await store.find(renamed))?.text ?? '', /Swept Clean Ltd[\s\S]*Silent note/, store.name)
  }
  assert.equal(await metric(service('backfill'), 'sweep_healed_total', 'kind="record",what="deleted"'), 1)
})

test('two who ask at once get one sweep; killed in the middle, it goes on, and heals what was lost', async () => {
  const { attio, service, verified } = running()
  const [, , gone = ''] = await recordsOf('companies')
  await attio.faults({ deliveries: { dropRate: 1 } })
  await attio.edit('deleteRecord', { workspace: workspace.id, record: gone })
  await attio.faults({
    deliveries: { dropRate: 0 },
    requests: [{ kind: 'latency', ms: 400, match: '/query|/notes|/tasks' }],
  })
  const before = await runsOf()
  const both = Promise.all([sweep(), sweep()])
  both.catch(() => undefined)
  await until('a stream under way', async () => {
    const { rows } = await sql`
      select 1 from control.walks join control.runs using (workspace_id, run)
      where kind = 'sweep' and ended_at is null and pages > 0 and stream <> 'directory'`.execute(control.db)
    assert.ok(rows.length > 0)
  })
  await service('backfill').kill('SIGKILL')
  await attio.faults({ requests: [] })
  await service('backfill').start()
  const [one, other] = await both
  assert.equal((await runsOf()) - before, 1, 'one run')
  assert.ok([one, other].some((said) => /is under way already/.test(said)))
  for (const said of [one, other]) assert.match(said, /1 record deleted/)
  await verified()
  for (const store of stores) assert.equal(await store.find(gone), undefined, store.name)
})

test('a sweep of what is true heals nothing, and reads one page for 500 records', async () => {
  const { attio } = running()
  await attio.resetCounters()
  const said = await sweep()
  assert.match(said, /0 were not met and read one by one\. Nothing had been missed\./)
  const { counters } = await attio.state()
  const queries = Object.entries(counters.calls).filter(([call]) => /objects\/.*records\/query/.test(call))
  const objects = Object.keys((await attio.state()).workspaces[0]?.records ?? {}).length
  assert.ok(queries.reduce((sum, [, times]) => sum + times, 0) <= objects, JSON.stringify(queries))
})

async function runsOf(): Promise<number> {
  const { rows } = await sql<{
    readonly n: string
  }>`select count(*) as n from control.runs where kind = 'sweep'`.execute(control.db)
  return Number(rows[0]?.n)
}
