import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conditionOf } from './condition.ts'
import { QuestionError } from './errors.ts'
import { checked, type Filter } from './filter.ts'
import { clauseOf } from './opensearch/filter.ts'
import { conditionSql } from './postgres/filter.ts'
import { askedOf } from './question.ts'
import { filterOf } from './turbopuffer/filter.ts'

const refused = (filter: Filter, message: RegExp) =>
  assert.throws(
    () => checked(filter),
    (error: Error) => error instanceof QuestionError && message.test(error.message),
  )
const is = (field: string, value: string | number | boolean): Filter => ({ kind: 'is', field, value })

describe('a filter', () => {
  test('on an unknown field is answered with the fields there are', () => {
    refused(is('stages', 'Won'), /no field stages.*There are source,.* stage, .*custom_text_…/)
    refused(is('custom_tier', 'Gold'), /no field custom_tier/)
    refused(is('custom_text_*', 'Gold'), /no field/)
    refused(is('workspace_id', 'other'), /no field workspace_id/)
    refused(is('__proto__', 'x'), /no field __proto__/)
  })

  test('with a value of another type says what the field takes', () => {
    refused(is('value', '48000'), /The field value takes a number, not the text "48000"/)
    refused(is('stage', 3), /takes a text, not 3/)
    refused(is('note_count', 1.5), /takes a whole number/)
    refused(is('value', Number.NaN), /takes a number/)
    refused(is('custom_flag_vip', 'yes'), /takes true or false/)
    refused({ kind: 'range', field: 'created_at', atLeast: 'yesterday' }, /takes a day such as 2026-11-20/)
    refused({ kind: 'range', field: 'created_at', atLeast: '2026-13-40' }, /a date of the calendar/)
    refused({ kind: 'range', field: 'stage', atLeast: 'A' }, /stage has no order/)
    refused({ kind: 'range', field: 'value' }, /has no end/)
    let deep: Filter = is('stage', 'Won')
    for (let n = 0; n < 25; n++) deep = { kind: 'not', filter: deep }
    refused(deep, /nested/)
  })

  test('a day means all of it, in UTC, and an instant itself', () => {
    const range = (bounds: object) => {
      const { field: _, ...rest } = checked({ kind: 'range', field: 'created_at', ...bounds }) as { field: unknown }
      return rest
    }
    const [day, next] = ['2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z']
    assert.deepEqual(range({ atMost: '2026-11-20' }), { kind: 'range', below: next })
    assert.deepEqual(range({ above: '2026-11-20' }), { kind: 'range', atLeast: next })
    assert.deepEqual(range({ atLeast: '2026-11-20' }), { kind: 'range', atLeast: day })
    assert.deepEqual(range({ below: '2026-11-20' }), { kind: 'range', below: day })
    assert.deepEqual(range({ above: '2026-11-20T02:00:00+02:00' }), { kind: 'range', above: day })
    const { field: _, ...on } = checked(is('created_at', '2026-11-20')) as { field: unknown }
    assert.deepEqual(on, { kind: 'range', atLeast: day, below: next })
  })

  test('is typed as a condition, read by the type of its field', () => {
    assert.deepEqual(conditionOf('value>=10000'), { kind: 'range', field: 'value', atLeast: 10_000 })
    assert.deepEqual(conditionOf('stage != Won 🎉 = done'), { kind: 'not', filter: is('stage', 'Won 🎉 = done') })
    assert.deepEqual(conditionOf('custom_flag_vip=yes'), is('custom_flag_vip', true))
    assert.deepEqual(conditionOf('custom_text_größe=10'), is('custom_text_größe', '10'))
    assert.deepEqual(conditionOf('employee_range=*'), { kind: 'exists', field: 'employee_range' })
    for (const wrong of ['value', '=3', 'value>=', ''])
      assert.throws(() => conditionOf(wrong), /is no condition; one looks like/)
    assert.throws(() => conditionOf('tier=Gold'), /no field tier/)
  })
})

describe('a question', () => {
  const ask = (more: object) => askedOf({ workspace: 'w1', text: 'x', ...more })

  test('has filters by name for what is asked most', () => {
    const { filter } = ask({ types: ['deal', 'projects'], owner: 'Ann Lee', list: 'Pipeline', listStage: 'Won' })
    const named = JSON.stringify(filter)
    for (const part of ['attio_deal', 'projects', '"owner"', 'Pipeline: Won']) assert.ok(named.includes(part), part)
    const id = '6505c461-492e-4d38-844f-30dd0af06d68'
    assert.match(JSON.stringify(ask({ owner: id }).filter), /owner_id/)
  })

  test('that cannot be asked is answered with a sentence', () => {
    assert.throws(() => ask({ workspace: '' }), /needs the id of the workspace/)
    assert.throws(() => ask({ workspace: '../other' }), /needs the id of the workspace/)
    assert.throws(() => ask({ limit: 0 }), /from 1 to 100, not 0/)
    assert.throws(() => ask({ text: 'x'.repeat(1_001) }), /at most 1000 characters/)
    assert.throws(() => ask({ listStage: 'Won' }), /needs the name of the list/)
  })
})

describe('compiled', () => {
  const everything: Filter = {
    kind: 'all',
    filters: [
      { kind: 'oneOf', field: 'stage', values: ['Won', "O'Brien"] },
      { kind: 'not', filter: is('lists', 'Pipeline') },
      { kind: 'range', field: 'value', atLeast: 10, below: 20 },
      { kind: 'exists', field: 'custom_date_renewal' },
      { kind: 'any', filters: [] },
    ],
  }

  test('for Postgres no value and no name of a custom field is part of the statement', () => {
    const values: unknown[] = []
    const sql = conditionSql(checked(everything), (value) => `$${values.push(value)}`)
    for (const word of ['Won', 'Brien', 'Pipeline', 'renewal', '10', '20']) assert.ok(!sql.includes(word), word)
    assert.deepEqual(values.slice(0, 3), ['{"stage":"Won"}', `{"stage":"O'Brien"}`, '{"lists":["Pipeline"]}'])
  })

  test('for turbopuffer a name the namespace has never seen is met by no row, and a denial of it by every one', () => {
    const known = new Set(['stage', 'ordinal'])
    assert.deepEqual(filterOf(checked(is('stage', 'Won')), known), ['stage', 'Eq', 'Won'])
    assert.deepEqual(filterOf(checked(is('lists', 'P')), known), ['ordinal', 'Lt', 0])
    assert.deepEqual(filterOf(checked({ kind: 'not', filter: is('lists', 'P') }), known), ['Not', ['ordinal', 'Lt', 0]])
    assert.deepEqual(filterOf(checked(is('lists', 'P')), new Set(['lists'])), ['lists', 'Contains', 'P'])
  })

  test('for OpenSearch custom attributes are looked for where the mapping had no room too', () => {
    const clause = JSON.stringify(clauseOf(checked(is('custom_text_tier', 'Gold'))))
    assert.match(clause, /"metadata\.custom_text_tier"/)
    assert.match(clause, /"unmapped\.custom_text_tier"/)
    assert.deepEqual(clauseOf(checked(is('name', 'Acme'))), { term: { 'metadata.name.exact': { value: 'Acme' } } })
    assert.deepEqual(clauseOf(checked({ kind: 'oneOf', field: 'stage', values: [] })), { match_none: {} })
  })
})
