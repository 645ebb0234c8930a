/** What no webhook tells of is found by a sweep, and nothing else is touched by it (R4). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChildState } from '@attio-stream/contracts'
import { differences } from '../oracle/oracle.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { memberId, type Story, says, story, unread } from './cast.ts'
import { messagesOf } from './stillness.ts'
import { filledRig, type WholeRig } from './whole-rig.ts'

const agree = async (rig: WholeRig): Promise<void> =>
  assert.deepEqual(differences(truthOf(rig.attio.world), await rig.documents()), [])

/** Every state of a record there ever was, in order. */
async function statesOf(rig: WholeRig): Promise<readonly { readonly key: string; readonly deleted: boolean }[]> {
  const messages = await messagesOf(rig.log, 'crm.records')
  return messages.map(({ key, headers }) => ({ key, deleted: headers.deleted === '1' }))
}

/** States of notes, tasks and entries, in order. */
async function childrenOf(rig: WholeRig): Promise<readonly (ChildState & { readonly id: string })[]> {
  const messages = await messagesOf(rig.log, 'crm.children')
  return messages.flatMap(({ key, value }) =>
    value === null ? [] : [{ ...rig.codec.decode('crm.children', value), id: key }],
  )
}

/** Edits of which no webhook comes. */
async function unheard({ rig }: Pick<Story, 'rig'>, edits: () => void): Promise<void> {
  const { deliveries } = rig.attio.faults
  deliveries.dropRate = 1
  edits()
  await rig.quiet()
  deliveries.dropRate = 0
}

test('lost webhooks of every kind are healed, and each is counted by kind', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso, bob, deal } = told
  const list = 'enterprise_pipeline'
  const kept = edit.createNote({ record: deal, title: 'Kept', content: 'x' }).id
  const doomed = edit.createNote({ record: deal, title: 'Doomed note', content: 'x' }).id
  const task = edit.createTask({ content: 'Doomed task', records: [deal, bob] }).id
  const entry = edit.addEntry({ list, record: northwind, values: { stage: 'Qualified' } }).id
  await rig.quiet()
  let born = ''
  await unheard(told, () => {
    edit.renameRecord({ record: northwind, name: 'Silently Renamed' })
    edit.deleteRecord({ record: contoso })
    born = edit.createRecord({ object: 'companies', values: { name: 'Silently Born' } }).id
    edit.setNoteBody({ note: kept, content: 'silently rewritten' })
    edit.deleteNote({ note: doomed })
    edit.deleteTask({ task })
    edit.removeEntry({ entry })
    edit.createTask({ content: 'Silent task', records: [deal] })
  })
  assert.ok(says(told, deal, 'Doomed note') && says(told, bob, 'Doomed task'), 'nothing is known of it yet')
  const { healed, nominated, early } = await rig.sweep()
  await agree(rig)
  assert.ok(says(told, born, 'Silently Born') && says(told, deal, 'Silent task'))
  assert.deepEqual(healed, {
    'record changed': 1,
    'record created': 1,
    'record deleted': 1,
    'note changed': 1,
    'note deleted': 1,
    'task created': 1,
    'task deleted': 1,
    'entry deleted': 1,
  })
  assert.deepEqual([nominated, early], [4, 0])
})

test('options renamed, members renamed, history rewritten: what fires no event is found', async () => {
  await using told = await story()
  const { rig, edit, deal, northwind } = told
  const { workspace } = rig
  await unheard(told, () => {
    edit.renameOption({ in: 'deals', attribute: 'stage', option: 'In Progress', title: 'Negotiating' })
    edit.renameMember({ member: memberId(told, 'Ann'), first: 'Anna', last: 'Leigh' })
    edit.rewriteHistory({
      workspace,
      record: northwind,
      attribute: 'description',
      versions: [{ value: 'Rewritten', active_from: '2026-01-01T00:00:00.000Z' }],
    } as Parameters<typeof edit.rewriteHistory>[0])
  })
  await rig.sweep()
  await agree(rig)
  assert.ok(says(told, deal, 'Negotiating') && says(told, deal, 'Owner: Anna Leigh'))
  assert.ok(says(told, northwind, 'Rewritten'))
})

test('an object enabled later comes with its records', async () => {
  await using told = await unread()
  const { rig, edit } = told
  edit.disableObject({ object: 'users' })
  await rig.connect()
  await rig.backfill()
  await rig.quiet()
  edit.enableObject({ object: 'users' })
  let user = ''
  await unheard(told, () => {
    const values = { user_id: 'u-1', primary_email_address: 'u1@example.com' }
    user = edit.createRecord({ object: 'users', values }).id
  })
  const { healed, streams } = await rig.sweep()
  assert.equal(streams.users, 'done')
  assert.equal(healed['record created'], 1)
  assert.ok(rig.document(user) !== undefined)
  await agree(rig)
})

test('a sweep of what is true changes nothing, nominates nothing and heals nothing', async () => {
  await using rig = await filledRig()
  const before = await Promise.all([
    rig.written('crm.records'),
    rig.written('crm.children'),
    rig.written('crm.artifacts'),
  ])
  const { healed, nominated } = await rig.sweep()
  const after = await Promise.all([
    rig.written('crm.records'),
    rig.written('crm.children'),
    rig.written('crm.artifacts'),
  ])
  assert.deepEqual([healed, nominated, after], [{}, 0, before])
})

test('R4: records created, deleted and moved between pages while it walks: nothing alive is taken for dead', async () => {
  await using rig = await filledRig({ records: 400 })
  const { edit, world } = rig.attio
  const ids = [...truthOf(world).records.keys()]
  const tasks = [...truthOf(world).tasks.values()].flat().map(({ id }) => id.task_id)
  let page = 0
  await rig.sweep({
    onPage: () => {
      page += 1
      edit.createRecord({ object: 'companies', values: { name: `Born while walking ${page}` } })
      edit.createNote({ record: ids[page * 5] ?? '', title: `While walking ${page}`, content: 'x' })
      const [doomed, task] = [ids[page * 5 + 1], tasks.pop()]
      if (doomed !== undefined) edit.deleteRecord({ record: doomed })
      if (task !== undefined && truthOf(world).tasks.size > 0) edit.updateTask({ task, content: `Moved ${page}` })
    },
  })
  assert.ok(page > 8, `${page} pages`)
  await agree(rig)
  const alive = new Set(truthOf(world).records.keys())
  const died = (await statesOf(rig)).filter(({ key, deleted }) => deleted && alive.has(key))
  assert.deepEqual(died, [], 'not even for a moment')
})

test('R1: broken off at any publish it goes on where it stood, and finds what was lost all the same', async () => {
  await using rig = await filledRig({ records: 300 })
  const { edit, world, faults } = rig.attio
  const [gone, renamed] = [...truthOf(world).records].filter(([, { object }]) => object.api_slug === 'people')
  await unheard({ rig }, () => {
    edit.deleteRecord({ record: gone?.[0] ?? '' })
    edit.renameRecord({ record: renamed?.[0] ?? '', name: 'Silent, Sam' })
  })
  let failures = 0
  const publish: typeof rig.publish = async (outputs) => {
    failures += 1
    if (failures % 2 === 1) throw new Error('the brokers are away')
    await rig.publish(outputs)
  }
  const { nominated, healed } = await rig.sweep({ publisher: { publish } })
  assert.ok(failures > 10 && faults.deliveries.dropRate === 0)
  await agree(rig)
  assert.ok(nominated >= 1)
  assert.equal(healed['record deleted'], 1)
  assert.ok((healed['record changed'] ?? 0) >= 1, 'who referred to the dead has changed too')
})

test('it costs one read for 500 records of an object, and two more for each that is gone', async () => {
  await using rig = await filledRig({ records: 1_500 })
  const { counters, world, edit } = rig.attio
  const objects = new Map<string, number>()
  const records = [...truthOf(world).records]
  for (const [, { object }] of records) objects.set(object.api_slug, (objects.get(object.api_slug) ?? 0) + 1)
  await unheard({ rig }, () => {
    for (const [record] of records.slice(0, 3)) edit.deleteRecord({ record })
  })
  counters.reset()
  const { nominated } = await rig.sweep()
  const calls = Object.entries(counters.values.calls)
  const count = (pattern: RegExp) => calls.reduce((sum, [route, times]) => sum + (pattern.test(route) ? times : 0), 0)
  // One more page for each object: rows that were met show again at the edge of a page, and a full page is never the last.
  const most = [...objects.values()].reduce((sum, size) => sum + Math.ceil((size + 1) / 499), 0) + 2
  assert.ok(count(/records\/query/) <= most, `${count(/records\/query/)} reads of ${records.length} records`)
  assert.ok(nominated >= 3)
  // Its object is looked at between the two: a record whose object came back meanwhile is not dead.
  assert.equal(count(/^GET .*records\/(?!query)/), 2 * 3, 'each that is gone is read twice')
})

test('an edit that the sweep sees before its own webhook is answered was not missed', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso } = told
  const { deliveries } = rig.attio.faults
  deliveries.paused = true
  edit.renameRecord({ record: northwind, name: 'Seen Early' })
  let pages = 0
  const { healed, early } = await rig.sweep({
    onPage: () => {
      pages += 1
      if (pages > 3) deliveries.paused = false
      // The queue wakes with the next edit.
      if (pages === 4) edit.renameRecord({ record: contoso, name: 'Contoso Ltd' })
    },
  })
  await agree(rig)
  assert.deepEqual(healed, {})
  assert.ok(early >= 1)
})

test('R4: what the token may not read any more, or whose object is disabled, is left as it is', async () => {
  await using told = await story()
  const { rig, edit, deal, bob } = told
  edit.createNote({ record: bob, title: 'Still here', content: 'x' })
  await rig.shows(bob, 'Still here')
  const token = rig.attio.workspaces[0]?.token ?? ''
  const scopes = ['record_permission:read', 'object_configuration:read', 'list_configuration:read']
  edit.setScopes({ token, scopes: [...scopes, 'list_entry:read', 'user_management:read', 'task:read'] })
  edit.disableObject({ object: 'deals' })
  const { nominated, healed, streams } = await rig.sweep()
  assert.equal(streams.notes, 'skipped')
  assert.deepEqual([nominated, healed], [0, {}])
  assert.ok(says(told, bob, 'Still here') && rig.document(deal) !== undefined)
})

test('R5: a merge of which no webhook came is two deaths and a birth, and who referred to the dead refers to the new one', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso, deal, bob } = told
  let born = ''
  await unheard(told, () => {
    edit.createTask({ content: 'Tidy up', records: [contoso, bob] })
    born = edit.mergeRecords({ primary: northwind, secondary: contoso }).newRecordId
  })
  const { healed } = await rig.sweep()
  await agree(rig)
  assert.deepEqual(rig.document(deal)?.metadata.company_ids, [born])
  assert.ok(says(told, born, 'Tidy up') && says(told, bob, 'Tidy up'))
  assert.deepEqual([healed['record created'], healed['record deleted']], [1, 2])
})

test('children of the dead that vanished without an event of their own are dead too after a sweep', async () => {
  await using told = await story()
  const { rig, edit, northwind, deal } = told
  const note = edit.createNote({ record: northwind, title: 'Gone with it', content: 'x' }).id
  const task = edit.createTask({ content: 'Shared', records: [northwind, deal] }).id
  const entry = edit.addEntry({ list: 'enterprise_pipeline', record: northwind }).id
  await rig.shows(northwind, 'Gone with it')
  await rig.shows(northwind, 'Enterprise pipeline')
  edit.deleteRecord({ record: northwind })
  await rig.gone(northwind)
  await rig.quiet()
  assert.ok(says(told, deal, 'Shared'))
  await rig.sweep()
  await agree(rig)
  const last = new Map((await childrenOf(rig)).map((state) => [state.id, state]))
  assert.deepEqual([last.get(note)?.deleted, last.get(entry)?.deleted], [true, true])
  assert.deepEqual([last.get(task)?.deleted, last.get(task)?.parents], [false, [deal]])
})

test('a list that went away without an event leaves the records that were in it', async () => {
  await using told = await story()
  const { rig, edit, northwind } = told
  edit.addEntry({ list: 'enterprise_pipeline', record: northwind, values: { stage: 'Qualified' } })
  await rig.shows(northwind, 'Enterprise pipeline')
  await unheard(told, () => edit.deleteList({ list: 'enterprise_pipeline' }))
  const { healed } = await rig.sweep()
  await agree(rig)
  assert.equal(healed['list deleted'], 1)
})
