import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededWorld } from '../index.ts'
import { truth } from '../truth.ts'
import type { Collection, Value } from '../world/model.ts'
import { objectOf } from '../world/world.ts'

const clock = () => Date.UTC(2026, 10, 23)
const small = () => seededWorld({ size: 'small', clock, seed: 7 })
const actives = (collection: Collection, slug: string): Value[] =>
  [...collection.items.values()].flatMap((item) =>
    (item.slots[collection.index.get(slug) as number] ?? []).filter((value) => value.until === null),
  )

test('the same seed gives the same workspace, another seed another', () => {
  const everything = (seed: number) => {
    const { world } = seededWorld({ size: 'small', clock, seed })
    return JSON.stringify(
      ['ids', 'notes', 'tasks']
        .map((kind) => truth(world, { kind }))
        .concat(truth(world, { kind: 'records', in: 'deals' })),
    )
  }
  assert.equal(everything(7), everything(7))
  assert.notEqual(everything(7), everything(8))
})

test('small holds about 300 records with notes, tasks and entries in proportion, medium about 10,000', () => {
  for (const [size, wanted] of [
    ['small', 300],
    ['medium', 10_000],
  ] as const) {
    const { world } = seededWorld({ size, clock })
    const workspace = world.workspace()
    const records = [...workspace.objects.values()].reduce((sum, object) => sum + object.items.length, 0)
    assert.ok(Math.abs(records - wanted) < wanted / 10, `${size}: ${records}`)
    assert.ok(workspace.notes.length > wanted / 3 && workspace.tasks.length > wanted / 5)
    assert.ok([...workspace.lists.values()].every((list) => list.items.length > 0))
  }
})

test('people and companies refer to each other from both ends', () => {
  const { world } = small()
  const workspace = world.workspace()
  const edges = (from: string, slug: string) =>
    new Set(
      [...objectOf(workspace, from).items.values()].flatMap((item) => {
        const slot = objectOf(workspace, from).index.get(slug) as number
        return (item.slots[slot] ?? []).flatMap((value) =>
          value.attribute_type === 'record-reference' && value.until === null
            ? [[item.id, value.record].sort().join()]
            : [],
        )
      }),
    )
  assert.deepEqual(edges('people', 'company'), edges('companies', 'team'))
  assert.deepEqual(edges('deals', 'associated_people'), edges('people', 'associated_deals'))
  assert.ok(edges('people', 'company').size > 50)
})

test('the seed holds what breaks careless code', () => {
  const { world } = small()
  const workspace = world.workspace()
  const companies = objectOf(workspace, 'companies')
  const names = actives(companies, 'name').flatMap((value) => (value.attribute_type === 'text' ? [value.value] : []))
  assert.ok(
    names.some((name) => /\p{Extended_Pictographic}/u.test(name)),
    'emoji',
  )
  assert.ok(
    names.some((name) => /\p{Script=Arabic}/u.test(name)) && names.some((name) => /\p{Script=Hebrew}/u.test(name)),
    'right to left',
  )
  assert.ok(
    names.some((name) => name.length === 500),
    '500 characters',
  )
  assert.ok(names.length < companies.items.length, 'a company without a name')
  const notes = [...workspace.notes.values()]
  assert.ok(
    notes.some((note) => note.content.length >= 200_000),
    'a 200 KB note',
  )
  assert.ok(
    notes.some((note) => note.title === ''),
    'a note without a title',
  )
  assert.deepEqual(
    new Set(notes.map((note) => note.parent.object)).size,
    workspace.objects.size,
    'notes on every object',
  )
  const tasks = [...workspace.tasks.values()]
  assert.ok(
    tasks.some((task) => task.linked.length >= 3) && tasks.some((task) => task.linked.length === 0),
    'tasks with many records and none',
  )
  const currencies = new Set(
    actives(objectOf(workspace, 'deals'), 'value').map(
      (value) => value.attribute_type === 'currency' && value.currency_code,
    ),
  )
  assert.equal(currencies.size, 5)
  const members = new Set(workspace.members.keys())
  assert.ok(
    tasks.some((task) => task.assignees.some((id) => !members.has(id))),
    'a deleted member',
  )
  assert.ok([...workspace.members.values()].some((member) => member.access === 'suspended'))
  assert.ok(
    companies.attributes.some((attribute) => attribute.archived),
    'an archived attribute',
  )
  assert.ok(
    actives(companies, 'tier').some(
      (value) =>
        value.attribute_type === 'select' &&
        companies.attributes.some((attribute) =>
          attribute.options.some((option) => option.archived && option.id === value.option),
        ),
    ),
    'a value with an archived option',
  )
  const doubled = [...workspace.entriesOf.values()].filter((ids) => ids.size > 1)
  assert.ok(doubled.length > 0, 'a record in lists several times')
  const showcase = objectOf(workspace, 'showcase')
  const types = new Set(
    showcase.items
      .at(0)
      .slots.flat()
      .map((value) => value?.attribute_type),
  )
  types.delete(undefined)
  const all = [...showcase.items.values()].flatMap((item) => item.slots.flat()).map((value) => value?.attribute_type)
  assert.equal(new Set(all.filter((type) => type !== undefined)).size, 17)
})

test('creation spreads over two years, with a bulk import of several hundred records in one millisecond', () => {
  const { world } = seededWorld({ size: 'medium', clock })
  const times = [...objectOf(world.workspace(), 'people').items.values()].map((item) => item.createdAt)
  const counts = new Map<number, number>()
  for (const at of times) counts.set(at, (counts.get(at) ?? 0) + 1)
  assert.ok(Math.max(...counts.values()) >= 400)
  assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) > 500 * 86_400_000)
  assert.ok((times.at(-1) ?? 0) < clock())
})

test('later workspaces have deals disabled, and nothing in them refers to deals', () => {
  const { world } = seededWorld({ size: 'small', clock, workspaces: 2 })
  const second = world.workspace('northwind')
  const deals = second.objects.values().find((object) => object.slug === 'deals')
  assert.equal(deals?.enabled, false)
  assert.equal(deals?.items.length, 0)
  assert.ok(![...second.lists.values()].some((list) => list.parentObject === deals?.id))
})
