import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_REFERENCES } from './artifact.ts'
import { canonical } from './canonical.ts'
import {
  actor,
  attribute,
  Directory,
  entry,
  member,
  note,
  object,
  record,
  reference,
  task,
  text,
  WORKSPACE,
} from './given.ts'
import { type JoinInput, join } from './join.ts'
import type { ChildContent, RecordContent } from './record.ts'
import { childReferences, recordReferences } from './references.ts'

function joined(content: RecordContent, directory: Directory, more: Partial<JoinInput> = {}) {
  const rest = { object: undefined, children: [], notes: 0, tasks: 0 }
  return join({ workspace: WORKSPACE, content, name: directory.name, ...rest, ...more })
}

test('a reference shows the current name and card of what it refers to', () => {
  const card = { kind: 'record', object: 'o2', domain: 'acme.example' } as const
  const directory = new Directory().add('record', 'c1', 'Acme', card)
  const [company] = joined(record('d1', { company: [reference('c1')] }), directory).attributes
  assert.deepEqual(company?.values, [
    { kind: 'record-reference', object: 'companies', record: 'c1', name: 'Acme', card },
  ])
})

test('a reference to a deleted record is left out and not counted; one not yet known is shown without a name', () => {
  const directory = new Directory().delete('record', 'c1')
  const [company] = joined(record('d1', { company: [reference('c1'), reference('c2')] }), directory).attributes
  assert.equal(company?.total, 1)
  assert.deepEqual(company?.values, [
    { kind: 'record-reference', object: 'companies', record: 'c2', name: null, card: null },
  ])
})

test('an attribute whose references are all deleted is left out', () => {
  const directory = new Directory().delete('record', 'c1')
  assert.deepEqual(joined(record('d1', { company: [reference('c1')] }), directory).attributes, [])
})

test('the first fifty references are shown, all are counted but the deleted among those shown', () => {
  const team = Array.from({ length: 87 }, (_, index) => reference(`p${index}`, 'people'))
  const directory = new Directory().delete('record', 'p3').delete('record', 'p80')
  const [attributes] = joined(record('c1', { team }), directory).attributes
  assert.equal(attributes?.values.length, MAX_REFERENCES - 1)
  assert.equal(attributes?.total, 86)
  assert.equal(directory.asked.has(`${WORKSPACE}/record/p50`), false)
})

test("attributes stand in Attio's order with their titles; unknown ones last, by slug, with a readable title", () => {
  const card = object('companies', [
    attribute('zeta', 'Zeta'),
    attribute('alpha', 'Alpha'),
    attribute('empty', 'Empty'),
  ])
  const content = record('c1', { alpha: [text('1')], new_thing: [text('2')], zeta: [text('3')], a_thing: [text('4')] })
  const { attributes } = joined(content, new Directory(), { object: card })
  assert.deepEqual(
    attributes.map(({ slug, title }) => [slug, title]),
    [
      ['zeta', 'Zeta'],
      ['alpha', 'Alpha'],
      ['a_thing', 'A thing'],
      ['new_thing', 'New thing'],
    ],
  )
})

test('an attribute named like a property of every object is no attribute of the record', () => {
  const card = object('odd', [attribute('constructor', 'Constructor'), attribute('toString', 'To string')])
  assert.deepEqual(joined(record('r1'), new Directory(), { object: card }).attributes, [])
})

test('an amount without a currency code has the code of its attribute', () => {
  const card = object('deals', [{ ...attribute('value', 'Value', 'currency'), currency: 'SEK' }])
  const content = record('d1', { value: [{ kind: 'currency', amount: 5, code: null }] })
  const [value] = joined(content, new Directory(), { object: card }).attributes
  assert.deepEqual(value?.values, [{ kind: 'currency', amount: 5, code: 'SEK' }])
})

test('memberships of a deleted list are left out; the others are sorted by list name, creation, entry id', () => {
  const directory = new Directory().add('list', 'l1', 'Zoo').add('list', 'l2', 'Ark').delete('list', 'l3')
  const children = [
    entry('e1', 'l1'),
    entry('e9', 'l4'),
    entry('e2', 'l3'),
    entry('e4', 'l2'),
    entry('e3', 'l2'),
    entry('e5', 'l2', { createdAt: '2026-01-01T00:00:00.000Z' }),
  ]
  const { lists } = joined(record('c1'), directory, { children })
  assert.deepEqual(
    lists.map((list) => [list.name, list.entry]),
    [
      ['Ark', 'e5'],
      ['Ark', 'e3'],
      ['Ark', 'e4'],
      ['Zoo', 'e1'],
      [null, 'e9'],
    ],
  )
})

test('activity is newest first, ties by id, with the names of who wrote and who is asked', () => {
  const directory = new Directory().add('member', 'm1', 'Ann Lee').add('member', 'm2', 'Bo')
  const late = '2026-11-21T00:00:00.000Z'
  const children = [note('b'), note('a'), task('t', { createdAt: late, assignees: [member('m2')] })]
  const { activity } = joined(record('c1'), directory, { children, notes: 2, tasks: 1 })
  assert.deepEqual(
    activity.map(({ id }) => id),
    ['t', 'a', 'b'],
  )
  const [first] = activity
  assert(first?.kind === 'task')
  assert.deepEqual([first.author?.name, first.assignees[0]?.name], ['Ann Lee', 'Bo'])
})

const id = fc.integer({ min: 0, max: 60 }).map((n) => `x${n}`)
const anyValue = fc.oneof(
  id.map((one) => reference(one)),
  id.map(actor),
  fc.string().map(text),
  fc.constant({ kind: 'actor-reference' as const, actor: { type: 'system', id: null } }),
  id.map((one) => ({
    kind: 'interaction' as const,
    interaction: 'email',
    at: '2026-01-01T00:00:00.000Z',
    owner: member(one),
  })),
)
const anyValues = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.array(anyValue, { minLength: 1, maxLength: 70 }),
)
const anyChild: fc.Arbitrary<ChildContent> = fc.oneof(
  fc.tuple(id, id).map(([a, b]) => note(a, { author: member(b) })),
  fc.tuple(id, id, fc.array(id)).map(([a, b, more]) => task(a, { author: member(b), assignees: more.map(member) })),
  fc.tuple(id, id, anyValues).map(([a, b, values]) => entry(a, b, { values })),
)

test('R6: a join asks only for names that its references list, and for each of them', () => {
  fc.assert(
    fc.property(anyValues, fc.array(anyChild, { maxLength: 8 }), (values, children) => {
      const directory = new Directory()
      const content = record('r1', values)
      joined(content, directory, { children })
      const listed = new Set([
        ...recordReferences(WORKSPACE, content),
        ...children.flatMap((child) => childReferences(WORKSPACE, child)),
      ])
      // The entry of the record's own object is an argument of the join.
      directory.name('object', content.object)
      assert.deepEqual([...directory.asked].sort(), [...listed].sort())
    }),
  )
})

test('the order in which children and attributes came does not show', () => {
  fc.assert(
    fc.property(
      anyValues,
      fc.uniqueArray(anyChild, { maxLength: 8, selector: (child) => `${child.kind}${child.id}` }),
      (values, children) => {
        const directory = new Directory().add('list', 'x1', 'One').add('list', 'x2', 'One').add('record', 'x3', 'Three')
        const turned = Object.fromEntries(Object.entries(values).reverse())
        const one = joined(record('r1', values), directory, { children })
        const other = joined(record('r1', turned), directory, { children: [...children].reverse() })
        assert.equal(JSON.stringify(one), JSON.stringify(other))
      },
    ),
  )
})

test('canonical text does not depend on the order of keys, and leaves absent ones out', () => {
  assert.equal(canonical({ b: 1, a: [{ d: 'x', c: null }], e: undefined }), '{"a":[{"c":null,"d":"x"}],"b":1}')
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      assert.deepEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)))
    }),
  )
  assert.throws(() => canonical({ a: () => 1 }), TypeError)
})
