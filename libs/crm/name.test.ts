import assert from 'node:assert/strict'
import { test } from 'node:test'
import { record, text } from './given.ts'
import { displayName, recordCard } from './name.ts'

const custom = 'https://app.attio.com/acme/custom/1'
const company = 'https://app.attio.com/acme/company/1'

test('the name is the attribute name, else title', () => {
  const about = { order: ['code', 'title', 'name'], webUrl: custom }
  assert.equal(displayName({ code: [text('C')], title: [text('T')], name: [text('N')] }, about), 'N')
  assert.equal(displayName({ code: [text('C')], title: [text('T')] }, about), 'T')
})

test('a person is called by the full name', () => {
  const name = [{ kind: 'personal-name', first: 'Ann', last: 'Lee', full: 'Ann Lee' }] as const
  assert.equal(displayName({ name }, { order: ['name'], webUrl: null }), 'Ann Lee')
})

test("a custom record without one is called by its first text-like value in Attio's order", () => {
  const values = {
    amount: [{ kind: 'number', number: 4 }],
    email: [{ kind: 'email-address', email: 'a@b.example' }],
    record_id: [text('5c1f')],
    zone: [text('  ')],
    about: [text('About')],
  } as const
  assert.equal(
    displayName(values, { order: ['record_id', 'amount', 'zone', 'email', 'about'], webUrl: custom }),
    'a@b.example',
  )
  assert.equal(displayName({}, { order: ['record_id'], webUrl: null }), null)
})

test('a company without a name stays unnamed, whatever else is known of it', () => {
  const values = { description: [text('They sell tea')], domains: [{ kind: 'domain', domain: 'tea.example' }] } as const
  assert.equal(displayName(values, { order: ['domains', 'name', 'description'], webUrl: company }), null)
})

test('the card holds what others show of a record, and no absent facts', () => {
  assert.deepEqual(recordCard(record('r1')), { kind: 'record', object: 'o1' })
  const values = {
    domains: [{ kind: 'domain', domain: 'acme.example' }],
    email_addresses: [{ kind: 'email-address', email: 'a@acme.example' }],
    job_title: [text('CTO')],
    stage: [{ kind: 'status', id: 's', title: 'Won' }],
    value: [{ kind: 'currency', amount: 5, code: 'EUR' }],
  } as const
  assert.deepEqual(recordCard(record('r1', values)), {
    kind: 'record',
    object: 'o1',
    domain: 'acme.example',
    email: 'a@acme.example',
    jobTitle: 'CTO',
    stage: 'Won',
    amount: 5,
    currency: 'EUR',
  })
})
