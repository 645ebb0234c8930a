import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { emulate } from '../harness.ts'
import { seededWorld } from '../index.ts'
import type { Collection, Item } from '../world/model.ts'
import { listOf, objectOf } from '../world/world.ts'
import { type QueryBody, runQuery } from './query.ts'

const { world, edit } = seededWorld({ size: 'small', clock: () => Date.UTC(2026, 10, 23) })
const workspace = world.workspace()
const acme = edit.createRecord({
  object: 'companies',
  values: {
    name: 'Acme Rockets',
    domains: ['acme.example', 'sub.acme.example'],
    tier: 'Gold',
    primary_location: { locality: 'Leeds', country_code: 'GB' },
  },
}).id
const ann = edit.createRecord({
  object: 'people',
  values: {
    name: 'Lee, Annabel',
    email_addresses: ['Annabel@Acme.Example'],
    company: acme,
    phone_numbers: ['+44 20 7946 0000'],
    job_title: 'CTO',
  },
}).id
const deal = edit.createRecord({
  object: 'deals',
  values: {
    name: 'Moon shot',
    stage: 'In Progress',
    owner: 'ann.lee@acme.example',
    value: { currency_value: 77_777, currency_code: 'CHF' },
    associated_company: acme,
    associated_people: [ann],
    renewal_date: '2031-05-05',
  },
}).id
const entry = edit.addEntry({ list: 'newsletter', record: ann, values: { topics: ['Product'], confirmed: true } }).id

const query = (ref: string, body: QueryBody) => {
  const collection: Collection = ['newsletter', 'enterprise_pipeline'].includes(ref)
    ? listOf(workspace, ref)
    : objectOf(workspace, ref)
  return runQuery(workspace, collection, body, (each) => each.items)
}
const found = (ref: string, filter: unknown): string[] => query(ref, { filter }).items.map((item) => item.id)
const has = (ref: string, filter: unknown, id: string) =>
  assert.ok(found(ref, filter).includes(id), JSON.stringify(filter))
const lacks = (ref: string, filter: unknown, id: string) =>
  assert.ok(!found(ref, filter).includes(id), JSON.stringify(filter))
const refused = (ref: string, filter: unknown) =>
  assert.throws(
    () => found(ref, filter),
    (error: { code?: string }) => error.code === 'filter_error',
    JSON.stringify(filter),
  )

test('shorthand is equality, siblings are ANDed, and every text operator works', () => {
  assert.deepEqual(found('companies', { name: 'Acme Rockets' }), [acme])
  assert.deepEqual(found('companies', { name: 'Acme Rockets', domains: 'acme.example' }), [acme])
  assert.deepEqual(found('companies', { name: 'Acme Rockets', domains: 'nope.example' }), [])
  has('companies', { name: { $contains: 'ROCKET' } }, acme)
  has('companies', { name: { $starts_with: 'Acme' } }, acme)
  lacks('companies', { name: { $starts_with: 'acme' } }, acme)
  has('companies', { name: { $ends_with: 'Rockets' } }, acme)
  has('companies', { name: { $in: ['X', 'Acme Rockets'] } }, acme)
  has('companies', { name: { value: { $eq: 'Acme Rockets' } } }, acme)
})

test('$and, $or and $not combine; there is no $ne', () => {
  has('companies', { $or: [{ name: 'No' }, { tier: 'Gold' }] }, acme)
  lacks('companies', { $and: [{ name: 'No' }, { tier: 'Gold' }] }, acme)
  lacks('companies', { $not: { tier: 'Gold' } }, acme)
  has('companies', { $not: { $and: [{ tier: 'Gold' }, { name: 'No' }] } }, acme)
  refused('companies', { name: { $ne: 'x' } })
  refused('companies', { $nor: [] })
})

test('every type is filtered by its own fields', () => {
  has('companies', { domains: { root_domain: 'acme.example' } }, acme)
  has('companies', { domains: { $not_empty: true } }, acme)
  has('companies', { primary_location: { locality: 'Leeds' } }, acme)
  has('people', { name: { full_name: { $contains: 'annabel' } } }, ann)
  has('people', { name: { last_name: 'Lee' } }, ann)
  has('people', { email_addresses: 'annabel@acme.example' }, ann)
  has('people', { email_addresses: { email_domain: 'acme.example' } }, ann)
  has('people', { phone_numbers: { $starts_with: '+4420' } }, ann)
  has('people', { company: acme }, ann)
  has('people', { company: { target_record_id: { $in: [acme] } } }, ann)
  has('deals', { stage: 'In Progress' }, deal)
  has('deals', { stage: { active_from: { $gte: '2026-11-22T00:00:00Z' } } }, deal)
  lacks('deals', { stage: { active_from: { $lt: '2026-11-22T00:00:00Z' } } }, deal)
  has('deals', { value: { currency_value: { $gte: 77_777 } } }, deal)
  has('deals', { value: { currency_code: 'CHF' } }, deal)
  lacks('deals', { value: { $gt: 77_777 } }, deal)
  has('deals', { renewal_date: { $gt: '2031-01-01' } }, deal)
  has('deals', { owner: { referenced_actor_id: workspace.members.keys().next().value } }, deal)
  assert.deepEqual(
    found('newsletter', { $and: [{ confirmed: true }, { topics: 'Product' }, { parent_record: ann }] }),
    [entry],
  )
})

test('fields of one condition hold on the same value', () => {
  lacks('companies', { domains: { domain: 'acme.example', root_domain: 'other.example' } }, acme)
})

test('paths go through references in either direction, and from a list to its parent', () => {
  has(
    'deals',
    {
      path: [
        ['deals', 'associated_company'],
        ['companies', 'name'],
      ],
      constraints: { value: 'Acme Rockets' },
    },
    deal,
  )
  has(
    'deals',
    {
      path: [
        ['deals', 'associated_people'],
        ['people', 'company'],
        ['companies', 'tier'],
      ],
      constraints: { option: 'Gold' },
    },
    deal,
  )
  has(
    'companies',
    {
      path: [
        ['companies', 'team'],
        ['people', 'job_title'],
      ],
      constraints: { $eq: 'CTO' },
    },
    acme,
  )
  has(
    'newsletter',
    {
      path: [
        ['newsletter', 'parent_record'],
        ['people', 'email_addresses'],
      ],
      constraints: { email_domain: 'acme.example' },
    },
    entry,
  )
  refused('deals', { path: [['companies', 'name']], constraints: { value: 'x' } })
  refused('deals', {
    path: [
      ['deals', 'name'],
      ['companies', 'name'],
    ],
    constraints: { value: 'x' },
  })
  refused('deals', { path: [], constraints: {} })
})

test('what the grammar does not allow is filter_error', () => {
  refused('companies', { updated_at: { $gte: '2026-01-01T00:00:00Z' } })
  refused('companies', { nothing: 1 })
  refused('companies', { fax_number: 'archived' })
  refused('companies', { tier: { $contains: 'Go' } })
  refused('companies', { tier: 'Nonexistent' })
  refused('companies', { created_at: { $gte: '2026-01-01' } })
  refused('companies', { primary_location: 'Leeds' })
  refused('companies', { name: {} })
  refused('companies', [])
})

test('creation ranges and id batches answer exactly what a scan would', () => {
  const companies = objectOf(workspace, 'companies')
  const all = [...companies.items.values()]
  const iso = (ms: number) => new Date(ms).toISOString()
  fc.assert(
    fc.property(
      fc.nat(all.length - 1),
      fc.nat(all.length - 1),
      fc.subarray(all.map((item) => item.id)),
      (a, b, ids) => {
        const from = (all[a] as Item).createdAt
        const to = (all[b] as Item).createdAt
        const filter = { created_at: { $gte: iso(from), $lt: iso(to) }, record_id: { $in: ids } }
        const wanted = all.filter((item) => item.createdAt >= from && item.createdAt < to && ids.includes(item.id))
        assert.deepEqual(new Set(found('companies', filter)), new Set(wanted.map((item) => item.id)))
      },
    ),
  )
})

test('what was created in the same millisecond is in the order of the next sort, and pages join', () => {
  const sorts = ['created_at', 'record_id'].map((attribute) => ({ direction: 'asc', attribute }))
  const whole = query('people', { sorts }).items
  const expected = whole.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  assert.ok(new Set(whole.map((item) => item.createdAt)).size < whole.length)
  assert.deepEqual(
    whole.map((item) => item.id),
    expected.map((item) => item.id),
  )
  const pages = [0, 50, 100].flatMap((offset) => query('people', { sorts, limit: 50, offset }).items)
  assert.deepEqual(
    pages.map((item) => item.id),
    expected.slice(0, 150).map((item) => item.id),
  )
})

test('sorts apply in order, with a field or through a path, and what has no value comes last', () => {
  const names = (direction: 'asc' | 'desc') =>
    query('people', {
      sorts: [
        { direction, attribute: 'name', field: 'last_name' },
        { direction: 'asc', attribute: 'created_at' },
      ],
    }).items.map((item) => {
      const value = item.slots[objectOf(workspace, 'people').index.get('name') as number]?.[0]
      return value?.attribute_type === 'personal-name' ? value.last_name : undefined
    })
  const up = names('asc')
  assert.equal(up.at(-1), undefined)
  assert.equal(names('desc').at(-1), undefined)
  const known = up.filter((name) => name !== undefined)
  assert.deepEqual(known, [...known].sort())
  const byCompany = query('deals', {
    sorts: [
      {
        direction: 'desc',
        path: [
          ['deals', 'associated_company'],
          ['companies', 'name'],
        ],
      },
    ],
  })
  assert.equal(byCompany.items.length, objectOf(workspace, 'deals').items.length)
})

test('pages by limit and offset are the whole, without a cursor, and an unknown key is ignored', async (t) => {
  const { ask, attio } = await emulate(t)
  const seen: string[] = []
  for (let offset = 0; ; offset += 50) {
    const body = { limit: 50, offset, sorts: [{ direction: 'asc', attribute: 'created_at' }], cursor: 'ignored' }
    const page = await ask('POST', '/v2/objects/people/records/query', body)
    assert.deepEqual(Object.keys(page.body), ['data'])
    seen.push(...page.body.data.map((record: { id: { record_id: string } }) => record.id.record_id))
    if (page.body.data.length < 50) break
  }
  const people = objectOf(attio.world.workspace(), 'people')
  assert.deepEqual(
    seen,
    [...people.items.values()].map((item) => item.id),
  )
  assert.equal((await ask('POST', '/v2/objects/people/records/query', { limit: 501 })).status, 400)
  assert.equal((await ask('POST', '/v2/objects/people/records/query', { limit: 'x' })).status, 400)
  const plain = await ask('POST', '/v2/objects/people/records/query', {})
  assert.equal(plain.headers.get('x-attio-record-query-score'), '0')
  const costly = await ask('POST', '/v2/objects/people/records/query', { filter: { job_title: 'CTO' } })
  assert.ok(Number(costly.headers.get('x-attio-record-query-score')) > 0)
})
