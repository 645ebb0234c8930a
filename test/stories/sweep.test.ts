/** What no webhook tells of is found by a sweep, and nothing else is touched by it (R4). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differences } from '../oracle/oracle.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { memberId, type Story, says, story, unread } from './cast.ts'
import { filledRig, type WholeRig } from './whole-rig.ts'

const agree = async (rig: WholeRig): Promise<void> =>
  assert.deepEqual(differences(truthOf(rig.attio.world), await rig.documents()), [])

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
