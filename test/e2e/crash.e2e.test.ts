/**
 * Every app in a process of its own, each killed in the middle of its work and started again, while a workspace is backfilled
 * and people edit it. At the end nothing is lost and nothing was written twice (R1, R4, R7, R8, R9).
 */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { TOPICS } from '@attio-stream/contracts'
import { Service } from '@attio-stream/stack/system'
import { partitionOf } from '@attio-stream/stream'
import type { EmulatedWorkspace } from '../support/attio-control.ts'
import { watch } from '../support/freshness.ts'
import { grown, metric } from '../support/metrics.ts'
import { throwaway } from '../support/throwaway.ts'
import { artifacts, differences, living, openTopics, type Topics } from '../support/topics.ts'
import { assertCounts, truth } from '../support/truth.ts'
import { until } from '../support/until.ts'
import { type Editor, startEditor } from './editor.ts'

/** The number that grows while the process works. */
const WORK = {
  backfill: 'backfill_rows_total',
  compact: 'compact_messages_total',
  enrich: 'enrich_messages_total',
  'sink-postgres': 'sink_writes_total',
  'sink-opensearch': 'sink_writes_total',
  'sink-turbopuffer': 'sink_writes_total',
  hydrate: 'hydrate_things_total',
  webhook: 'webhook_deliveries_total',
} as const
type Name = keyof typeof WORK
const RECORDS = '1500'
const PARTITIONS = 4
/** A member that is silent for longer loses its partitions (libs/stream). */
const SESSION_MS = 10_000

let topics: Topics
let editor: Editor
let workspace: EmulatedWorkspace
let backfill: Promise<string>

const running = throwaway({
  attioArgs: ['--records', RECORDS, '--time-scale', '0.01'],
  processes: Object.keys(WORK).map((name) => [name]),
  settings: { PARTITIONS: String(PARTITIONS) },
  async prepare({ workspaces, connect, attio, system, backfill: walk }) {
    workspace = workspaces[0] ?? assert.fail('no workspace')
    topics = await openTopics(system)
    await connect(workspace)
    editor = await startEditor(attio, workspace.id, 150)
    backfill = walk(workspace)
    backfill.catch(() => {})
  },
  async finish() {
    await editor?.stop()
    await topics?.close()
  },
})

/** Kills the process as soon as it works; `wiped`: it finds its disk empty. */
async function crash(name: Name, { wiped = false } = {}): Promise<void> {
  const service = running().service(name)
  await grown(service, WORK[name], { by: 3, withinMs: 60_000 })
  await service.kill('SIGKILL')
  if (wiped) rmSync(stateOf(name), { recursive: true })
  await service.start()
}

const stateOf = (name: string) => join(String(running().system.env.STATE_DIRECTORY), name)

const goesOn = (name: Name) => grown(running().service(name), WORK[name], { by: 1, withinMs: 60_000 })

/** Those that wait for the session of their predecessor to end wait side by side. The backfill goes on meanwhile. */
const TURNS: readonly (readonly Name[])[] = [
  ['backfill'],
  ['compact'],
  ['enrich'],
  ['sink-postgres', 'sink-opensearch', 'sink-turbopuffer', 'hydrate'],
  ['webhook'],
]

for (const names of TURNS)
  test(`killed at work and started again: ${names.join(', ')}`, async () => {
    await Promise.all(names.map((name) => crash(name)))
    if (!names.includes('backfill')) await Promise.all(names.map(goesOn))
  })

for (const name of ['compact', 'enrich'] as const)
  test(`${name} goes on after it was killed and its disk is gone`, async () => {
    await crash(name, { wiped: true })
    await goesOn(name)
  })

test('an enrich that was stopped for longer than its session, replaced, and wakes up, writes nothing', async () => {
  const { system } = running()
  const zombie = running().service('enrich')
  const heir = new Service({
    name: 'enrich-heir',
    script: 'apps/host/main.ts',
    args: ['enrich'],
    env: { ...system.env, STATE_DIRECTORY: join(String(system.env.STATE_DIRECTORY), 'heir'), HEALTH_PORT: '0' },
    directory: join(zombie.logFile, '..'),
  })
  await grown(zombie, WORK.enrich, { by: 3 })
  await zombie.kill('SIGSTOP')
  try {
    await heir.start()
    const before = await topics.log.ends('crm.artifacts')
    await until(
      'the heir writing',
      async () => {
        const now = await topics.log.ends('crm.artifacts')
        assert.ok(now.every((end, partition) => end > (before[partition] ?? 0)))
      },
      { withinMs: SESSION_MS * 4 },
    )
  } finally {
    await zombie.kill('SIGCONT')
  }
  await grown(zombie, WORK.enrich, { by: 1, withinMs: SESSION_MS * 4 })
  await heir.stop()
})

test('the backfill goes on where it was killed, and ends with every stream walked', async () => {
  const said = await backfill
  assert.ok((await metric(running().service('backfill'), WORK.backfill)) > 0, 'nothing was left to walk')
  assert.doesNotMatch(said, /failed/)
  await editor.stop()
})

test('every edit is visible in all three stores', async () => {
  assert.ok(editor.played() > 50, `${editor.played()} edits were played`)
  await watch(running().stores(workspace), editor.expected(), { since: performance.now(), withinMs: 60_000 })
})

test('the stores hold what Attio holds and what crm.artifacts says', async () => {
  const { attio, stores, verified } = running()
  await verified()
  const { ids, counts } = await truth(attio, workspace)
  assert.deepEqual(living((await artifacts(topics)).last), ids)
  await assertCounts(stores(workspace), counts)
})

test('every webhook was acknowledged, and Attio was never asked inside a Retry-After', async () => {
  const { counters, violations, deliveriesPending } = await running().attio.state()
  assert.equal(deliveriesPending, 0)
  assert.equal(counters.deliveries.acked, counters.deliveries.messages)
  assert.equal(counters.deliveries.lost, 0)
  assert.equal(violations, 0)
})

test('no artifact was written twice, and nothing was buried', async () => {
  const { repeated } = await artifacts(topics)
  assert.deepEqual(repeated, [])
  assert.deepEqual(
    (await topics.deadLetters()).map(({ reason, stage }) => `${stage}: ${reason}`),
    [],
  )
})

test('reading the whole workspace again finds nothing that was missed', async () => {
  const { attio, stores } = running()
  const { last } = await artifacts(topics)
  await running().backfill(workspace)
  // What comes after it in every partition has come through: so has all that was read again.
  const marks = await Promise.all(oneOfEach(living(last)).map((record) => mark(record)))
  await watch(stores(workspace), marks, { since: performance.now(), withinMs: 60_000 })
  const marked = new Set(marks.map(({ record }) => record))
  const { last: now } = await artifacts(topics)
  const changed = [...now].flatMap(([key, { hash, body }]) => {
    const before = last.get(key)
    return marked.has(key) || hash === before?.hash ? [] : [`${key} at ${differences(before?.body, body).join(' ')}`]
  })
  assert.deepEqual(changed, [])

  async function mark(record: string) {
    const content = `Zum Schluss ${record}.`
    await attio.edit('createNote', { workspace: workspace.id, record, title: 'Schluss', content })
    return {
      record,
      what: 'the last note',
      visible: (shown?: { text: string }) => shown?.text.includes(content) === true,
    }
  }
})

function oneOfEach(ids: readonly string[]): readonly string[] {
  const byPartition = new Map(ids.map((id) => [partitionOf(TOPICS['crm.records'], id, PARTITIONS), id]))
  assert.equal(byPartition.size, PARTITIONS)
  return [...byPartition.values()]
}
