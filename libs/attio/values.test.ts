import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Value } from '@attio-stream/crm'
import { readValue, readValues } from './values.ts'

const E = {
  active_from: '2026-01-29T08:22:24.889000000Z',
  active_until: null,
  created_by_actor: { type: 'system', id: null },
}
const nine = '2026-01-29T08:22:24.253000000Z'
const ids = { workspace_id: 'w', object_id: 'o', attribute_id: 'a' }
const place = {
  line_1: '1 Road',
  line_2: null,
  line_3: '',
  line_4: null,
  locality: 'London',
  region: null,
  postcode: null,
}

const cases: readonly (readonly [type: string, fields: Record<string, unknown>, value: Value | null])[] = [
  ['text', { value: 'Acme' }, { kind: 'text', text: 'Acme' }],
  ['text', { value: '' }, null],
  ['number', { value: 0 }, { kind: 'number', number: 0 }],
  ['checkbox', { value: false }, { kind: 'checkbox', checked: false }],
  ['currency', { currency_value: 99000, currency_code: 'USD' }, { kind: 'currency', amount: 99000, code: 'USD' }],
  ['currency', { currency_value: '12.5' }, { kind: 'currency', amount: 12.5, code: null }],
  ['currency', { currency_value: 1, currency_code: 'ZZZ' }, { kind: 'currency', amount: 1, code: 'ZZZ' }],
  ['date', { value: '2026-02-01' }, { kind: 'date', date: '2026-02-01' }],
  ['timestamp', { value: nine }, { kind: 'timestamp', at: '2026-01-29T08:22:24.253Z' }],
  ['timestamp', { value: '2027-11-27T14:00:00.000-04:00' }, { kind: 'timestamp', at: '2027-11-27T18:00:00.000Z' }],
  ['rating', { value: 3 }, { kind: 'rating', stars: 3 }],
  [
    'status',
    { status: { id: { ...ids, status_id: 's' }, title: 'Won 🎉' } },
    { kind: 'status', id: 's', title: 'Won 🎉' },
  ],
  ['select', { option: { id: { ...ids, option_id: 'p' }, title: 'SaaS' } }, { kind: 'select', id: 'p', title: 'SaaS' }],
  [
    'record-reference',
    { target_object: 'companies', target_record_id: 'r' },
    { kind: 'record-reference', object: 'companies', record: 'r' },
  ],
  [
    'actor-reference',
    { referenced_actor_type: 'workspace-member', referenced_actor_id: 'm' },
    { kind: 'actor-reference', actor: { type: 'workspace-member', id: 'm' } },
  ],
  [
    'actor-reference',
    { referenced_actor_type: 'system', referenced_actor_id: null },
    { kind: 'actor-reference', actor: { type: 'system', id: null } },
  ],
  [
    'location',
    { ...place, country_code: 'GB', latitude: '51.5', longitude: '-0.12' },
    {
      kind: 'location',
      lines: ['1 Road'],
      locality: 'London',
      region: null,
      postcode: null,
      country: 'GB',
      latitude: '51.5',
      longitude: '-0.12',
    },
  ],
  ['location', { line_1: null, locality: null, country_code: null }, null],
  ['domain', { domain: 'app.acme.com', root_domain: 'acme.com' }, { kind: 'domain', domain: 'app.acme.com' }],
  [
    'email-address',
    { original_email_address: 'Ann@Acme.com', email_address: 'ann@acme.com', email_domain: 'acme.com' },
    { kind: 'email-address', email: 'ann@acme.com' },
  ],
  [
    'phone-number',
    { original_phone_number: '555 867', country_code: 'US', phone_number: '+15558675309' },
    { kind: 'phone-number', phone: '+15558675309' },
  ],
  [
    'phone-number',
    { original_phone_number: '555 867', country_code: null, phone_number: null },
    { kind: 'phone-number', phone: '555 867' },
  ],
  [
    'interaction',
    { interaction_type: 'email', interacted_at: nine, owner_actor: { type: 'workspace-member', id: 'm' } },
    {
      kind: 'interaction',
      interaction: 'email',
      at: '2026-01-29T08:22:24.253Z',
      owner: { type: 'workspace-member', id: 'm' },
    },
  ],
  [
    'personal-name',
    { first_name: 'Ann', last_name: 'Lee', full_name: 'Ann Lee' },
    { kind: 'personal-name', first: 'Ann', last: 'Lee', full: 'Ann Lee' },
  ],
  ['personal-name', { first_name: '', last_name: '', full_name: '' }, null],
]
for (const [type, fields, value] of cases)
  test(`${type} ${JSON.stringify(fields).slice(0, 60)} is read as ${value === null ? 'nothing' : value.kind}`, () => {
    const unknown: string[] = []
    assert.deepEqual(
      readValue({ ...E, attribute_type: type, ...fields }, (name) => unknown.push(name)),
      value,
    )
    assert.deepEqual(unknown, [])
  })

test('every known type is covered by the table above', () => {
  assert.equal(new Set(cases.map(([type]) => type)).size, 17)
})

test('a mislabelled value is read by its properties', () => {
  const value = { ...E, attribute_type: 'text', currency_value: 5, currency_code: 'EUR' }
  assert.deepEqual(readValue(value), { kind: 'currency', amount: 5, code: 'EUR' })
  assert.deepEqual(readValue({ ...E, attribute_type: 'number', value: 'many' }), { kind: 'text', text: 'many' })
})

test('a type never seen is kept by its readable parts, ids left out, and counted', () => {
  const counted: string[] = []
  const raw = {
    ...E,
    attribute_type: 'hologram',
    value: 'x',
    size: { width: 2, unit: 'm', unit_id: 'u' },
    id: 'i',
    off: null,
  }
  assert.deepEqual(
    readValue(raw, (type) => counted.push(type)),
    { kind: 'unknown', type: 'hologram', scalars: { 'size.unit': 'm', 'size.width': 2, value: 'x' } },
  )
  assert.deepEqual(counted, ['hologram'])
})

test('a type named like an object property is a type never seen', () => {
  assert.equal(readValue({ ...E, attribute_type: 'constructor', value: 1 })?.kind, 'unknown')
})

test('values keep the order of Attio, slugs are sorted, empty and ended ones are left out', () => {
  const text = (value: string, until: string | null = null) => ({
    ...E,
    active_until: until,
    attribute_type: 'text',
    value,
  })
  const values = readValues({ b: [text('2'), text('1'), text('old', nine)], a: [text('x')], empty: [], none: null })
  assert.deepEqual(Object.keys(values), ['a', 'b'])
  assert.deepEqual(values.b, [
    { kind: 'text', text: '2' },
    { kind: 'text', text: '1' },
  ])
})
