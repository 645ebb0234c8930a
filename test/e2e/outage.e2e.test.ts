/**
 * What the system stands on goes away and comes back: a store, the brokers, a token. Nobody else is delayed, nothing is lost,
 * and everything heals without a hand (R1, R10, R13). All apps share one process here, as in a small installation.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Control, openControl } from '@attio-stream/service'
import type { EmulatedWorkspace } from '../support/attio-control.ts'
import { watch } from '../support/freshness.ts'
import { metric } from '../support/metrics.ts'
import { throwaway } from '../support/throwaway.ts'
import { artifacts, openTopics, type Topics } from '../support/topics.ts'
import { until } from '../support/until.ts'

let topics: Topics
let control: Control
let workspace: EmulatedWorkspace
let other: EmulatedWorkspace

const running = throwaway({
  attioArgs: ['--workspaces', '2', '--time-scale', '0.003'],
  async prepare({ system, workspaces, connect, backfill, verified }) {
    workspace = workspaces[0] ?? assert.fail('no workspace')
    other = workspaces[1] ?? assert.fail('no second workspace')
    topics = await openTopics(system)
    control = await openControl({ databaseUrl: String(system.env.DATABASE_URL) })
    await connect(workspace)
    await connect(other)
    await Promise.all([backfill(workspace), backfill(other)])
    await verified()
  },
  async finish() {
    await topics?.close()
    await control?.close()
  },
})

/** Renames companies of a workspace and says what must become visible. */
async function rename(of: EmulatedWorkspace, label: string, count = 5) {
  const { attio } = running()
  const { data } = (await attio.truth({ kind: 'ids', workspace: of.id })) as {
    readonly data: { readonly records: { readonly companies: readonly string[] } }
  }
  const records = data.records.companies.slice(0, count)
  for (const record of records)
    await attio.edit('renameRecord', { workspace: of.id, record, name: `${label} ${record}` })
  return records.map((record) => ({
    record,
    what: `the name "${label} …"`,
    visible: (shown: { readonly text: string } | undefined) => shown?.text.includes(`${label} ${record}`) === true,
  }))
}

const now = (withinMs = 30_000) => ({ since: performance.now(), withinMs })
const delivered = () =>
  until(
    'every webhook being acknowledged',
    async () => assert.equal((await running().attio.state()).deliveriesPending, 0),
    { withinMs: 60_000 },
  )

test('while OpenSearch is down the other stores show every edit; it catches up when it is back', async () => {
  const { system, stores, verified } = running()
  const all = stores(workspace)
  const up = all.filter(({ name }) => name !== 'OpenSearch')
  const down = all.filter(({ name }) => name === 'OpenSearch')
  const opensearch = system.stack.server('opensearch')
  await opensearch.stop()
  const expected = await rename(workspace, 'Ohne Suche')
  await watch(up, expected, now())
  const health = await fetch(`${running().service('apps').url}/healthz`)
  const { apps } = (await health.json()) as { readonly apps: Readonly<Record<string, { readonly state: string }>> }
  assert.equal(health.status, 200)
  assert.equal(apps['sink-opensearch']?.state, 'amber')
  assert.equal(apps['sink-postgres']?.state, 'green')
  await opensearch.restart()
  await watch(down, expected, now(60_000))
  await verified()
})

test('while Kafka is down webhooks are answered 503; afterwards everything arrives', async () => {
  const { system, stores, verified } = running()
  const kafka = system.stack.server('kafka')
  const refused = () => metric(running().service('apps'), 'webhook_deliveries_total', 'status="503"')
  const before = await refused()
  await kafka.stop()
  const expected = await rename(workspace, 'Ohne Kafka')
  await until('a delivery being answered 503', async () => assert.ok((await refused()) > before))
  await kafka.restart()
  await watch(stores(workspace), expected, now(90_000))
  await delivered()
  await verified()
})

test('Kafka killed in the middle of edits loses nothing that was acknowledged', async () => {
  const { system, stores, verified } = running()
  const kafka = system.stack.server('kafka')
  const before = await rename(workspace, 'Vor dem Knall', 10)
  kafka.kill()
  const meanwhile = await rename(other, 'Nach dem Knall', 10)
  await kafka.restart()
  await watch(stores(workspace), before, now(90_000))
  await watch(stores(other), meanwhile, now(90_000))
  await delivered()
  await verified()
})

test('a revoked token breaks its connection alone; its notices wait and are read when it is connected again', async () => {
  const { attio, stores, connect, verified } = running()
  const statusOf = async ({ id }: EmulatedWorkspace) => {
    const query = control.db.selectFrom('connections').select('status').where('workspace_id', '=', id)
    return (await query.executeTakeFirstOrThrow()).status
  }
  await attio.edit('revokeToken', { token: workspace.token })
  const waiting = await rename(workspace, 'Ohne Schlüssel')
  await until('the connection being broken', async () => assert.equal(await statusOf(workspace), 'broken'))
  const going = await rename(other, 'Mit Schlüssel')
  await watch(stores(other), going, now())
  assert.equal(await statusOf(other), 'active')
  await delivered()
  for (const store of stores(workspace))
    for (const { record, visible } of waiting) assert.ok(!visible(await store.find(record)), 'read without a token')

  await attio.edit('restoreToken', { token: workspace.token })
  await connect(workspace)
  await watch(stores(workspace), waiting, now())
  assert.equal(await statusOf(workspace), 'active')
  await verified()
})

test('none of it had an artifact written twice, a notice buried, or Attio asked inside a Retry-After', async () => {
  assert.deepEqual((await artifacts(topics)).repeated, [])
  assert.deepEqual(
    (await topics.deadLetters()).map(({ stage, reason }) => `${stage}: ${reason}`),
    [],
  )
  const { violations, counters } = await running().attio.state()
  assert.equal(violations, 0)
  assert.equal(counters.deliveries.acked, counters.deliveries.messages)
})
