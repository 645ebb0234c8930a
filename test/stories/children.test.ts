/** Notes, tasks, list entries and members: one fact each, through signed webhooks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memberId, says, story } from './cast.ts'

test("a note's title and body are each edited by an event of their own, and both are shown", async () => {
  await using told = await story()
  const { rig, edit, deal } = told
  const note = edit.createNote({ record: deal, title: 'Draft', content: 'First words' }).id
  await rig.shows(deal, 'Draft\n  First words')
  edit.setNoteTitle({ note, title: 'Minutes' })
  await rig.shows(deal, 'Minutes\n  First words')
  edit.setNoteBody({ note, content: 'Last words' })
  await rig.shows(deal, 'Minutes\n  Last words')
  await rig.quiet()
  assert.ok(!says(told, deal, 'Draft') && !says(told, deal, 'First words'))
})

test('a note deleted is gone from its record', async () => {
  await using told = await story()
  const { rig, edit, deal } = told
  const note = edit.createNote({ record: deal, title: 'Mistake', content: 'x' }).id
  await rig.shows(deal, 'Mistake')
  edit.deleteNote({ note })
  await rig.lacks(deal, 'Mistake')
  assert.ok(!says(told, deal, '=== ACTIVITY ==='))
})

test('R6: a task deleted leaves every record it was linked to, though the event names none', async () => {
  await using told = await story()
  const { rig, edit, deal, bob, northwind } = told
  const linked = [deal, bob, northwind]
  const task = edit.createTask({ content: 'Ask legal', records: linked }).id
  for (const record of linked) await rig.shows(record, ': Ask legal')
  const events = rig.attio.deliveries.log.length
  edit.deleteTask({ task })
  for (const record of linked) await rig.lacks(record, 'Ask legal')
  const told2 = rig.attio.deliveries.log.slice(events).flatMap((delivery) => delivery.events)
  assert.deepEqual(
    told2.map(({ event_type, id }) => [event_type, Object.keys(id).sort()]),
    [['task.deleted', ['task_id', 'workspace_id']]],
  )
})

test('a task completed is shown as done on every record it is linked to', async () => {
  await using told = await story()
  const { rig, edit, deal, bob } = told
  const task = edit.createTask({ content: 'Ask legal', records: [deal, bob] }).id
  for (const record of [deal, bob]) await rig.shows(record, '(open): Ask legal')
  edit.completeTask({ task })
  for (const record of [deal, bob]) {
    await rig.shows(record, `(done ${new Date().toISOString().slice(0, 8)}`)
    await rig.lacks(record, '(open)')
  }
})

test('a task moves to where it is linked now', async () => {
  await using told = await story()
  const { rig, edit, deal, carla } = told
  const task = edit.createTask({ content: 'Ask legal', records: [deal] }).id
  await rig.shows(deal, 'Ask legal')
  edit.updateTask({ task, records: [carla] })
  await rig.shows(carla, 'Ask legal')
  await rig.lacks(deal, 'Ask legal')
})

test('a list entry is added, changed and removed, and a record may be in a list twice', async () => {
  await using told = await story()
  const { rig, edit, northwind } = told
  const list = 'enterprise_pipeline'
  const entry = edit.addEntry({ list, record: northwind, values: { stage: 'Qualified', priority: 'High' } }).id
  await rig.shows(northwind, '=== LISTS ===\nEnterprise pipeline: Stage: Qualified; Priority: High\n')
  edit.patchEntry({ entry, values: { stage: 'Negotiation' } })
  await rig.shows(northwind, 'Enterprise pipeline: Stage: Negotiation; Priority: High\n')
  edit.addEntry({ list, record: northwind, values: { priority: 'Low' } })
  await rig.shows(northwind, 'Priority: High\nEnterprise pipeline: Priority: Low\n')
  edit.removeEntry({ entry })
  await rig.lacks(northwind, 'Negotiation')
  await rig.quiet()
  assert.deepEqual(rig.document(northwind)?.metadata.list_values, ['Enterprise pipeline: Priority: Low'])
})

test('R6: a list renamed is renamed in every record that is in it', async () => {
  await using told = await story()
  const { rig, edit, northwind, contoso } = told
  for (const record of [northwind, contoso]) {
    edit.addEntry({ list: 'enterprise_pipeline', record })
    await rig.shows(record, 'Enterprise pipeline')
  }
  edit.renameList({ list: 'enterprise_pipeline', name: 'Big fish' })
  for (const record of [northwind, contoso]) await rig.shows(record, '=== LISTS ===\nBig fish\n')
})

test('a list deleted leaves the records that were in it', async () => {
  await using told = await story()
  const { rig, edit, northwind } = told
  edit.addEntry({ list: 'enterprise_pipeline', record: northwind, values: { stage: 'Qualified' } })
  await rig.shows(northwind, 'Enterprise pipeline: Stage: Qualified')
  edit.deleteList({ list: 'enterprise_pipeline' })
  await rig.lacks(northwind, 'Enterprise pipeline')
})

test('R5: a list entry that refers to a merged person shows the survivor', async () => {
  await using told = await story()
  const { rig, edit, northwind, bob, carla } = told
  edit.addEntry({ list: 'enterprise_pipeline', record: northwind, values: { champion: bob } })
  await rig.shows(northwind, 'Champion: Bob Stone (CTO)')
  edit.mergeRecords({ primary: carla, secondary: bob })
  await rig.shows(northwind, 'Champion: Carla Díaz (CTO)')
})

test('a renamed member is silent, and shown once any event of a member has all of them read again', async () => {
  await using told = await story()
  const { rig, edit, deal } = told
  edit.createNote({ record: deal, title: 'Call', content: 'x' })
  await rig.shows(deal, 'note by Ann Lee: Call')
  edit.renameMember({ member: memberId(told, 'Ann'), first: 'Anna', last: 'Leigh' })
  await rig.quiet()
  assert.ok(says(told, deal, 'note by Ann Lee: Call') && says(told, deal, 'Owner: Ann Lee'))
  edit.addMember({ first: 'Zoe', last: 'New', email: 'zoe@example.com' })
  await rig.shows(deal, 'note by Anna Leigh: Call')
  await rig.shows(deal, 'Owner: Anna Leigh')
})
