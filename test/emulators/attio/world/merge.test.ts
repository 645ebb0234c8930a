import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emulate } from '../harness.ts'
import { seededWorld } from '../index.ts'
import type { AttioEvent } from './model.ts'
import { objectOf } from './world.ts'

function given() {
  let now = Date.UTC(2026, 10, 23)
  const { world, edit } = seededWorld({ size: 'small', clock: () => now })
  const workspace = world.workspace()
  const heard: AttioEvent[] = []
  world.on((_workspace, event) => heard.push(event))
  const a = edit.createRecord({ object: 'companies', values: { name: 'A', domains: ['a.example'] } }).id
  const b = edit.createRecord({
    object: 'companies',
    values: { name: 'B', domains: ['b.example'], description: 'of B' },
  }).id
  const person = edit.createRecord({ object: 'people', values: { name: 'Lee, Ann', company: b } }).id
  const note = edit.createNote({ record: b, title: 'T', content: 'B' }).id
  const task = edit.createTask({ content: 'x', records: [a, b] }).id
  const entry = edit.addEntry({ list: 'enterprise_pipeline', record: a }).id
  heard.length = 0
  return {
    world,
    workspace,
    edit,
    heard,
    a,
    b,
    person,
    note,
    task,
    entry,
    pass: (ms: number) => {
      now += ms
      world.advance()
    },
  }
}

test('a merge makes a new record, kills both originals and fires one record.merged for each', () => {
  const { workspace, edit, heard, a, b } = given()
  const { newRecordId, pending } = edit.mergeRecords({ primary: a, secondary: b })
  assert.equal(pending, false)
  const companies = objectOf(workspace, 'companies')
  assert.deepEqual(
    [companies.items.has(a), companies.items.has(b), companies.items.has(newRecordId)],
    [false, false, true],
  )
  assert.ok(newRecordId !== a && newRecordId !== b)
  assert.deepEqual(
    heard.map((event) => [event.event_type, event.id.record_id, event.duplicate_record_id]),
    [
      ['record.merged', newRecordId, a],
      ['record.merged', newRecordId, b],
    ],
  )
})

test('the survivor holds the primary values, fills its gaps and joins multiselects; children and references follow', () => {
  const { workspace, edit, a, b, person, note, task, entry } = given()
  const { newRecordId } = edit.mergeRecords({ primary: a, secondary: b })
  const companies = objectOf(workspace, 'companies')
  const active = (slug: string) =>
    (companies.items.get(newRecordId)?.slots[companies.index.get(slug) as number] ?? []).filter(
      (value) => value.until === null,
    )
  assert.deepEqual(
    active('name').map((value) => value.attribute_type === 'text' && value.value),
    ['A'],
  )
  assert.deepEqual(
    active('description').map((value) => value.attribute_type === 'text' && value.value),
    ['of B'],
  )
  assert.equal(active('domains').length, 2)
  assert.deepEqual(
    active('team').map((value) => value.attribute_type === 'record-reference' && value.record),
    [person],
  )
  const people = objectOf(workspace, 'people')
  const company = people.items
    .get(person)
    ?.slots[people.index.get('company') as number]?.find((value) => value.until === null)
  assert.equal(company?.attribute_type === 'record-reference' && company.record, newRecordId)
  assert.equal(workspace.notes.get(note)?.parent.record, newRecordId)
  assert.deepEqual(
    workspace.tasks.get(task)?.linked.map((ref) => ref.record),
    [newRecordId],
  )
  assert.equal(workspace.home.get(entry)?.items.get(entry)?.parent?.record, newRecordId)
})

test('by the switch children vanish instead of moving', () => {
  const { world, workspace, edit, a, b, note, task, entry } = given()
  world.switches.mergeMovesChildren = false
  edit.mergeRecords({ primary: a, secondary: b })
  assert.equal(workspace.notes.get(note), undefined)
  assert.deepEqual(workspace.tasks.get(task)?.linked, [])
  assert.equal(workspace.home.get(entry)?.items.get(entry), undefined)
})

test('by the semantics of 2025 the primary survives with its id and one event names the duplicate', () => {
  const { world, workspace, edit, heard, a, b } = given()
  world.switches.mergeSemantics = '2025'
  assert.equal(edit.mergeRecords({ primary: a, secondary: b }).newRecordId, a)
  const companies = objectOf(workspace, 'companies')
  assert.deepEqual([companies.items.has(a), companies.items.has(b)], [true, false])
  assert.deepEqual(
    heard.map((event) => [event.event_type, event.id.record_id, event.duplicate_record_id]),
    [['record.merged', a, b]],
  )
})

test('a freed unique value can be used again after a merge has been deleted', () => {
  const { edit, a, b } = given()
  const { newRecordId } = edit.mergeRecords({ primary: a, secondary: b })
  assert.throws(() => edit.createRecord({ object: 'companies', values: { domains: ['b.example'] } }), /conflicts/)
  edit.deleteRecord({ record: newRecordId })
  assert.ok(edit.createRecord({ object: 'companies', values: { domains: ['b.example'] } }).id)
})

test('in the merge window the API answers 202, then 404 merge_in_progress, then the record', async (t) => {
  let now = Date.now()
  const { ask, attio } = await emulate(t, { clock: () => now, faults: { world: { mergeWindowMs: 60_000 } } })
  const [one, two] =
    attio.world
      .workspace()
      .objects.values()
      .find((each) => each.slug === 'projects')
      ?.items.values() ?? []
  const [a, b] = [one?.id, two?.id]
  const merged = await ask('POST', '/v2/objects/records/merge', {
    data: { primary_record_id: a, secondary_record_id: b },
  })
  assert.equal(merged.status, 202)
  const id = merged.body.data.new_record_id
  const path = `/v2/objects/projects/records/${id}`
  assert.deepEqual([(await ask('GET', path)).status, (await ask('GET', path)).body.code], [404, 'merge_in_progress'])
  const write = await ask('PATCH', path, { data: { values: { name: 'x' } } })
  assert.deepEqual([write.status, write.body.code], [400, 'merge_in_progress'])
  assert.equal((await ask('GET', `/v2/objects/projects/records/${a}`)).body.code, 'not_found')
  const batch = () => ask('POST', '/v2/objects/projects/records/query', { filter: { record_id: { $in: [id, a, b] } } })
  assert.equal((await batch()).body.data.length, 0)
  now += 60_001
  assert.equal((await ask('GET', path)).status, 200)
  assert.equal((await batch()).body.data.length, 1)
  const again = await ask('POST', '/v2/objects/records/merge', {
    data: { primary_record_id: id, secondary_record_id: id },
  })
  assert.equal(again.body.code, 'self_merge')
})
