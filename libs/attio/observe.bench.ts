/** How many records a second can be parsed and normalised on one core: `node libs/attio/observe.bench.ts`. Goal: 15,000. */
import type { Change } from '@attio-stream/contracts'
import { observe } from './observe.ts'

const envelope = {
  active_from: '2026-01-29T08:22:24.889000000Z',
  active_until: null,
  created_by_actor: { type: 'workspace-member', id: '5f1c7b0e-6a0e-4b9e-9d0f-0a4c8f2f6d11' },
}
const ids = { workspace_id: 'w'.repeat(36), object_id: 'o'.repeat(36), attribute_id: 'a'.repeat(36) }
const of = (attribute_type: string, fields: object) => [{ ...envelope, ...fields, attribute_type }]
const values: Record<string, unknown> = {
  name: of('text', { value: 'Acme Incorporated' }),
  description: of('text', { value: 'They make everything. '.repeat(10) }),
  domains: [
    ...of('domain', { domain: 'acme.com', root_domain: 'acme.com' }),
    ...of('domain', { domain: 'acme.io', root_domain: 'acme.io' }),
  ],
  categories: ['SaaS', 'B2B', 'AI'].flatMap((title) =>
    of('select', { option: { id: { ...ids, option_id: 'p' }, title, is_archived: false } }),
  ),
  stage: of('status', { status: { id: { ...ids, status_id: 's' }, title: 'In Progress', is_archived: false } }),
  team: Array.from({ length: 5 }, (_, n) =>
    of('record-reference', { target_object: 'people', target_record_id: `r${n}` }),
  ).flat(),
  owner: of('actor-reference', { referenced_actor_type: 'workspace-member', referenced_actor_id: 'm' }),
  location: of('location', {
    line_1: null,
    locality: 'London',
    region: null,
    postcode: null,
    country_code: 'GB',
    latitude: '1',
    longitude: '2',
  }),
  email: of('email-address', { original_email_address: 'A@b.c', email_address: 'a@b.c', email_domain: 'b.c' }),
  phone: of('phone-number', { original_phone_number: '+1', country_code: 'US', phone_number: '+15558675309' }),
  amount: of('currency', { currency_value: 99000, currency_code: 'USD' }),
  last: of('interaction', {
    interaction_type: 'email',
    interacted_at: '2026-01-29T08:22:24.889000000Z',
    owner_actor: { type: 'system', id: null },
  }),
  created_at: of('timestamp', { value: '2026-01-29T08:22:24.889000000Z' }),
}
for (let n = 0; n < 12; n += 1) values[`custom_${n}`] = n % 3 === 0 ? [] : of('text', { value: `value ${n}` })
const record = {
  id: { ...ids, record_id: 'r' },
  created_at: '2026-01-29T08:22:24.253000000Z',
  web_url: 'https://app.attio.com/x',
  values,
}
const payload = JSON.stringify(record)
const change: Change = {
  workspace_id: ids.workspace_id,
  kind: 'record',
  id: 'r',
  object_id: ids.object_id,
  list_id: null,
  fence: 1,
  source: 'backfill',
  gone: false,
  payload,
}
const run = (count: number): number => {
  const began = performance.now()
  for (let n = 0; n < count; n += 1) if (observe(change).kind !== 'record') throw new Error('not read')
  return (count * 1000) / (performance.now() - began)
}
run(5000)
console.log(`${Object.keys(values).length} attributes, ${payload.length} bytes: ${Math.round(run(30_000))} records/s`)
