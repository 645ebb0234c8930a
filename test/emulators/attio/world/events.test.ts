import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededWorld } from '../index.ts'
import type { AttioEvent, Workspace } from './model.ts'
import { objectOf } from './world.ts'

/** A small world on a hand-wound clock, and the events since the last look. */
function given() {
  let now = Date.UTC(2026, 10, 23)
  const { world, edit } = seededWorld({ size: 'small', clock: () => now })
  const workspace = world.workspace()
  const heard: AttioEvent[] = []
  world.on((_workspace, event) => heard.push(event))
  return {
    world,
    edit,
    workspace,
    ids: (object: string) => [...objectOf(workspace, object).items.values()].map((item) => item.id),
    pass: (ms: number) => {
      now += ms
      world.advance()
    },
    heard: () => heard.splice(0),
  }
}
const kinds = (events: readonly AttioEvent[]) => events.map((event) => event.event_type)
const slugsOf = (workspace: Workspace, events: readonly AttioEvent[]) =>
  events.map((event) => {
    const object = workspace.objects.get(event.id.object_id ?? '') ?? workspace.lists.get(event.id.list_id ?? '')
    return `${object?.slug}.${object?.attributes.find((attribute) => attribute.id === event.id.attribute_id)?.slug}`
  })

test('a write of three attributes is three events that carry ids and the actor, nothing else', () => {
  const { edit, ids, heard, workspace } = given()
  const [company = ''] = ids('companies')
  edit.setValues({
    record: company,
    values: { name: 'Fresh', description: 'New words', foundation_date: '1999-01-01' },
  })
  const events = heard()
  assert.deepEqual(slugsOf(workspace, events).sort(), [
    'companies.description',
    'companies.foundation_date',
    'companies.name',
  ])
  for (const event of events) {
    assert.deepEqual(Object.keys(event).sort(), ['actor', 'event_type', 'id'])
    assert.deepEqual(Object.keys(event.id).sort(), ['attribute_id', 'object_id', 'record_id', 'workspace_id'])
    assert.equal(event.actor.type, 'workspace-member')
  }
})

test('a new record fires record.created once, and an unchanged write fires nothing', () => {
  const { edit, heard, workspace } = given()
  const { id } = edit.createRecord({ object: 'companies', values: { name: 'One', domains: ['one.example'] } })
  assert.deepEqual(kinds(heard()), ['record.created'])
  edit.setValues({ record: id, values: { name: 'One', domains: ['one.example'] } })
  assert.deepEqual(heard(), [])
  assert.equal(workspace.home.get(id)?.slug, 'companies')
})

test('moving a person to another company changes three records, each with its own event', () => {
  const { edit, heard, workspace } = given()
  const a = edit.createRecord({ object: 'companies', values: { name: 'A' } }).id
  const b = edit.createRecord({ object: 'companies', values: { name: 'B' } }).id
  const person = edit.createRecord({ object: 'people', values: { name: 'Lee, Ann', company: a } }).id
  assert.deepEqual(kinds(heard()), ['record.created', 'record.created', 'record.created', 'record.updated'])
  edit.setValues({ record: person, values: { company: b } })
  const events = heard()
  assert.deepEqual(slugsOf(workspace, events), ['people.company', 'companies.team', 'companies.team'])
  assert.deepEqual(
    events.map((event) => event.id.record_id),
    [person, a, b],
  )
  const slot = objectOf(workspace, 'companies').index.get('team') as number
  const team = (id: string) =>
    (objectOf(workspace, 'companies').items.get(id)?.slots[slot] ?? []).filter((value) => value.until === null).length
  assert.deepEqual([team(a), team(b)], [0, 1])
})

test('taking a member into a team takes her out of the other one', () => {
  const { edit, heard, workspace } = given()
  const a = edit.createRecord({ object: 'companies', values: { name: 'A' } }).id
  const b = edit.createRecord({ object: 'companies', values: { name: 'B' } }).id
  const person = edit.createRecord({ object: 'people', values: { name: 'Lee, Ann', company: a } }).id
  heard()
  edit.linkRecords({ record: b, attribute: 'team', target: person })
  assert.deepEqual(slugsOf(workspace, heard()).sort(), ['companies.team', 'companies.team', 'people.company'])
})

test('a formula is recomputed a second later by the system', () => {
  const { edit, ids, heard, pass, workspace } = given()
  const [deal = ''] = ids('deals')
  edit.setValues({ record: deal, values: { value: 1000, probability: 35 } })
  assert.equal(heard().length, 2)
  pass(999)
  assert.deepEqual(heard(), [])
  pass(1)
  const [event, ...more] = heard()
  assert.equal(more.length, 0)
  assert.deepEqual(event?.actor, { type: 'system', id: null })
  assert.deepEqual(slugsOf(workspace, event ? [event] : []), ['deals.weighted_value'])
})

test('title and body of a note fire separate events, with the parent and without the text', () => {
  const { edit, ids, heard } = given()
  const [deal = ''] = ids('deals')
  const { id } = edit.createNote({ record: deal, title: 'T', content: 'B' })
  edit.setNoteTitle({ note: id, title: 'T2' })
  edit.setNoteBody({ note: id, content: 'B2' })
  edit.deleteNote({ note: id })
  const events = heard()
  assert.deepEqual(kinds(events), ['note.created', 'note.updated', 'note-content.updated', 'note.deleted'])
  for (const event of events) assert.equal(event.parent_record_id, deal)
})

test('task events name no record', () => {
  const { edit, ids, heard } = given()
  const [deal = '', second = ''] = ids('deals')
  const { id } = edit.createTask({ content: 'Call', records: [deal] })
  edit.linkTask({ task: id, record: second })
  edit.unlinkTask({ task: id, record: deal })
  edit.completeTask({ task: id })
  edit.deleteTask({ task: id })
  const events = heard()
  assert.deepEqual(kinds(events), ['task.created', 'task.updated', 'task.updated', 'task.updated', 'task.deleted'])
  for (const event of events) assert.deepEqual(Object.keys(event).sort(), ['actor', 'event_type', 'id'])
})

test('entries, lists, attributes, comments and members fire the events of section 4.2', () => {
  const { edit, ids, heard } = given()
  const [company = ''] = ids('companies')
  const list = edit.createList({
    slug: 'x',
    name: 'X',
    object: 'companies',
    attributes: [{ slug: 'size', type: 'number' }],
  }).id
  const entry = edit.addEntry({ list, record: company, values: { size: 3 } }).id
  edit.patchEntry({ entry, values: { size: 4 } })
  edit.removeEntry({ entry })
  edit.renameList({ list, name: 'Y' })
  edit.deleteList({ list })
  edit.createAttribute({ in: 'companies', slug: 'extra', type: 'text' })
  edit.renameAttribute({ in: 'companies', attribute: 'extra', title: 'Extra!' })
  const comment = edit.createComment({ record: company, content: 'Hm' }).id
  edit.resolveComment({ comment })
  edit.unresolveComment({ comment })
  edit.deleteComment({ comment })
  edit.addMember({ first: 'New', last: 'One', email: 'new@acme.example' })
  const events = heard()
  assert.deepEqual(kinds(events), [
    'list.created',
    'list-attribute.created',
    'list-entry.created',
    'list-entry.updated',
    'list-entry.deleted',
    'list.updated',
    'list.deleted',
    'object-attribute.created',
    'object-attribute.updated',
    'comment.created',
    'comment.resolved',
    'comment.unresolved',
    'comment.deleted',
    'workspace-member.created',
  ])
  assert.equal(events[3]?.parent_record_id, company)
  assert.equal(events[9]?.record_id, company)
  assert.equal(events[9]?.entry_id, null)
})

test('what has no event in Attio is silent: history rewrites, options, members, moved notes, objects', () => {
  const { edit, ids, heard } = given()
  const [deal = '', other = ''] = ids('deals')
  const note = edit.createNote({ record: deal, title: 'T', content: 'B' }).id
  heard()
  edit.rewriteHistory({
    record: deal,
    attribute: 'next_step',
    versions: [{ value: 'x', active_from: '2025-01-01T00:00:00Z' }],
  })
  edit.renameOption({ in: 'deals', attribute: 'stage', option: 'Lead', title: 'Leads' })
  edit.archiveOption({ in: 'deals', attribute: 'stage', option: 'Lost' })
  edit.renameMember({ member: 'ann.lee@acme.example', first: 'Anna', last: 'Lee' })
  edit.suspendMember({ member: 'luis.ortega@acme.example' })
  edit.moveNote({ note, record: other })
  edit.createObject({ slug: 'boats', singular: 'Boat', plural: 'Boats' })
  edit.renameObject({ object: 'boats', singular: 'Ship' })
  assert.deepEqual(heard(), [])
})

test('deleting a record takes its notes, entries and task links along without events, or with them by switch', () => {
  const { edit, heard, world, workspace } = given()
  const make = () => {
    const record = edit.createRecord({ object: 'companies', values: { name: 'Doomed' } }).id
    const entry = edit.addEntry({ list: 'enterprise_pipeline', record }).id
    const note = edit.createNote({ record, title: 'T', content: 'B' }).id
    const task = edit.createTask({ content: 'Call', records: [record] }).id
    heard()
    edit.deleteRecord({ record })
    assert.equal(workspace.notes.get(note), undefined)
    assert.equal(workspace.home.get(entry)?.items.get(entry), undefined)
    assert.deepEqual(workspace.tasks.get(task)?.linked, [])
    return kinds(heard())
  }
  assert.deepEqual(make(), ['record.deleted'])
  world.switches.cascadeEvents = true
  assert.deepEqual(make(), ['record.deleted', 'note.deleted', 'task.updated', 'list-entry.deleted'])
})

test('an edit can fire an event of a type nobody knows', () => {
  const { edit, ids, heard, world } = given()
  world.switches.unknownEventRate = 1
  edit.renameRecord({ record: ids('companies')[0] ?? '', name: 'Z' })
  assert.deepEqual(kinds(heard()), ['record.updated', 'record.pondered'])
})
