/** libs/attio against the emulated Attio: walks, budgets, errors, webhooks. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AttioClient,
  type AttioErrorKind,
  Budgets,
  createWebhook,
  deleteWebhook,
  listWebhooks,
  missingScopes,
  type Observation,
  observe,
  type Page,
  RATES,
  readObjects,
  readRecord,
  readRecordsById,
  readSelf,
  walkEntries,
  walkNotes,
  walkRecords,
  walkTasks,
} from '@attio-stream/attio'
import { type AttioEmulator, startAttioEmulator } from '../emulators/attio/index.ts'
import { truth } from '../emulators/attio/truth.ts'

let attio: AttioEmulator
let client: AttioClient
before(async () => {
  attio = await startAttioEmulator({ size: 'small', limits: 'off', timeScale: 0.001 })
  client = new AttioClient({ token: workspace().token, baseUrl: attio.url })
})
after(() => attio.stop())

const workspace = () => attio.workspaces[0] ?? assert.fail('no workspace')
const idsOf = async (pages: AsyncIterable<Page>): Promise<string[]> => {
  const ids: string[] = []
  for await (const page of pages) {
    assert.deepEqual(page.rejected, [])
    ids.push(...page.rows.map((row) => row.id))
  }
  return ids
}
interface Ids {
  readonly records: Record<string, string[]>
  readonly entries: Record<string, string[]>
  readonly notes: string[]
  readonly tasks: string[]
}
const all = (): Ids => truth(attio.world, { kind: 'ids' }) as Ids

test('every record of every object is walked once, on small pages and on large ones', async () => {
  const objects = await readObjects(client)
  let walked = 0
  for (const { id, raw } of objects.data.rows) {
    const slug = (JSON.parse(raw) as { api_slug: string }).api_slug
    const expected = (all().records[slug] ?? all().records[id] ?? assert.fail(slug)).toSorted()
    for (const limit of [7, 500])
      assert.deepEqual((await idsOf(walkRecords(client, id, { limit }))).toSorted(), expected, slug)
    walked += expected.length
  }
  assert.ok(walked > 100, String(walked))
})

test('10,000 records, with their bulk imports, cost one read for 400', async () => {
  const medium = await startAttioEmulator({ size: 'medium', limits: 'off' })
  try {
    const [seeded] = medium.workspaces
    const reader = new AttioClient({ token: seeded?.token ?? assert.fail('no workspace'), baseUrl: medium.url })
    let pages = 0
    const met = new Set<string>()
    for (const { id } of (await readObjects(reader)).data.rows)
      for await (const page of walkRecords(reader, id)) {
        pages += 1
        for (const row of page.rows) met.add(row.id)
      }
    const { records } = truth(medium.world, { kind: 'ids' }) as Ids
    assert.deepEqual(met, new Set(Object.values(records).flat()))
    assert.ok(met.size / pages >= 400, `${met.size} records in ${pages} pages`)
  } finally {
    await medium.stop()
  }
})

test('notes, tasks and entries are walked whole', async () => {
  const { notes, tasks, entries } = all()
  assert.deepEqual((await idsOf(walkNotes(client, { limit: 20 }))).toSorted(), notes.toSorted())
  assert.deepEqual((await idsOf(walkTasks(client, { limit: 20 }))).toSorted(), tasks.toSorted())
  for (const [list, expected] of Object.entries(entries))
    assert.deepEqual((await idsOf(walkEntries(client, list, { limit: 20 }))).toSorted(), expected.toSorted())
})

test('every record, note, task and entry of the emulated workspace can be observed', async () => {
  const counts: Partial<Record<Observation['kind'], number>> = {}
  const read = async (kind: string, pages: AsyncIterable<Page>): Promise<void> => {
    for await (const page of pages)
      for (const { id, raw } of page.rows) {
        const change = {
          workspace_id: workspace().id,
          kind,
          id,
          object_id: null,
          list_id: null,
          source: 'backfill',
          gone: false,
        }
        const seen = observe({ ...change, fence: page.fence, payload: raw })
        assert.ok(seen.kind !== 'rejected', seen.kind === 'rejected' ? seen.reason : '')
        counts[seen.kind] = (counts[seen.kind] ?? 0) + 1
      }
  }
  for (const { id } of (await readObjects(client)).data.rows) await read('record', walkRecords(client, id))
  for (const list of Object.keys(all().entries)) await read('entry', walkEntries(client, list))
  await read('note', walkNotes(client))
  await read('task', walkTasks(client))
  for (const kind of ['record', 'note', 'task', 'entry'] as const) assert.ok((counts[kind] ?? 0) > 0, kind)
})

test('one query reads many records by id; GET gives the same text', async () => {
  const [people = []] = [all().records.people]
  const ids = people.slice(0, 5)
  const { data } = await readRecordsById(client, 'people', ids)
  assert.deepEqual(data.rows.map((row) => row.id).toSorted(), ids.toSorted())
  const [first] = data.rows
  assert.ok(first)
  assert.deepEqual(JSON.parse((await readRecord(client, 'people', first.id)).data.raw), JSON.parse(first.raw))
})

test('the emulated errors come out as their kinds', async () => {
  const failing = async (kind: AttioErrorKind, work: Promise<unknown>): Promise<void> => assert.rejects(work, { kind })
  await failing('not-found', readRecord(client, 'people', '00000000-0000-4000-8000-000000000000'))
  await failing('unauthorized', readObjects(new AttioClient({ token: 'x'.repeat(64), baseUrl: attio.url })))
  attio.edit.setScopes({ token: workspace().token, scopes: ['note:read'] })
  await failing('forbidden', idsOf(walkTasks(client)))
  const self = await readSelf(client)
  assert.ok(self.active && missingScopes(self.scope).includes('task:read'))
  attio.edit.revokeToken({ token: workspace().token })
  assert.deepEqual(await readSelf(client), { active: false })
  await failing('unauthorized', readObjects(client))
  attio.edit.restoreToken({ token: workspace().token })
  attio.edit.setScopes({
    token: workspace().token,
    scopes: (await import('../emulators/attio/scopes.ts')).ALL_SCOPES as string[],
  })
  assert.deepEqual(missingScopes(((await readSelf(client)) as { scope: string }).scope), [])
})

test('webhooks are created, listed and deleted', async () => {
  const { webhook, secret } = await createWebhook(client, 'http://127.0.0.1:9/webhooks/attio/k')
  assert.equal(secret.length, 64)
  assert.ok((await listWebhooks(client)).some(({ id }) => id.webhook_id === webhook.id.webhook_id))
  await deleteWebhook(client, webhook.id.webhook_id)
  await deleteWebhook(client, webhook.id.webhook_id)
  assert.deepEqual(await listWebhooks(client), [])
})

test("Attio's limits are kept: no 429 at the default rates, and none of its windows is ever entered when another app eats them", async () => {
  const limited = await startAttioEmulator({ size: 'small' })
  try {
    const token = limited.workspaces[0]?.token ?? ''
    const budgets = Budgets.inMemory(RATES)
    const live = new AttioClient({ token, baseUrl: limited.url, budget: budgets.of('w'), share: 'live' })
    const people = Object.values((truth(limited.world, { kind: 'ids' }) as Ids).records)[0] ?? []
    const reads = (count: number) =>
      Array.from({ length: count }, (_, n) => readRecordsById(live, 'people', people.slice(n, n + 1)))
    await Promise.all([...reads(70), idsOf(walkNotes(live.for('backfill'), { limit: 10 }))])
    assert.equal(limited.counters.values.limited, 0)
    limited.faults.otherApp.readsPerSecond = 85
    await Promise.all(reads(60))
    assert.equal(limited.counters.totalViolations, 0)
    assert.ok(limited.counters.values.limited > 0, 'the other app was felt')
  } finally {
    await limited.stop()
  }
})
