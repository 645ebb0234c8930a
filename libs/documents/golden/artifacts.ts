/** The records whose documents are the golden files: what a real workspace holds, and what it should not but will. */
import type { Artifact } from '@attio-stream/crm'
import {
  actor,
  ann,
  artifact,
  attio,
  attribute,
  date,
  interaction,
  location,
  membership,
  money,
  note,
  omar,
  reference,
  select,
  status,
  task,
  text,
} from './given.ts'

/** The deal of the layout's first example. */
export const example: Artifact = artifact('deals', '5c1f…', {
  name: 'Northwind – annual licence 2026',
  attributes: [
    attribute('name', 'Deal name', text('Northwind – annual licence 2026')),
    attribute('stage', 'Deal stage', status('In Progress')),
    attribute('owner', 'Deal owner', actor(ann)),
    attribute('value', 'Deal value', money(48_000, 'EUR')),
    attribute(
      'associated_people',
      'Associated people',
      reference('people', 'p1', 'Bob Stone', { jobTitle: 'CTO', email: 'bob@northwind.example' }),
      reference('people', 'p2', 'Carla Díaz', { email: 'carla@northwind.example' }),
    ),
    attribute(
      'associated_company',
      'Associated company',
      reference('companies', 'c1', 'Northwind Traders', { domain: 'northwind.example' }),
    ),
    attribute('created_at', 'Created at', { kind: 'timestamp', at: '2026-09-02T10:00:00.123Z' }),
    attribute('created_by', 'Created by', actor(ann)),
    attribute('next_step', 'Next step', text('Send the revised quote')),
    attribute('renewal_date', 'Renewal date', date('2027-01-31')),
  ],
  lists: [
    membership(
      'Enterprise pipeline',
      attribute('stage', 'Stage', status('Negotiation')),
      attribute('priority', 'Priority', select('High')),
      attribute('target_close', 'Target close', date('2026-12-15')),
    ),
  ],
  activity: [
    note(
      '2026-11-20T09:12:33.000Z',
      'Call with the CTO',
      'They want single sign-on in the base price. Budget is approved until the end of the year.',
    ),
    task('2026-11-18T16:40:00.000Z', 'Send the revised quote', { due: '2026-11-25T00:00:00.000Z' }),
  ],
})

const company = artifact('companies', '3f2a9c1e-6a0c-4d0e-9a51-0d8f1c2b7e11', {
  name: 'Northwind Traders',
  attributes: [
    attribute('record_id', 'Record ID', text('3f2a9c1e-6a0c-4d0e-9a51-0d8f1c2b7e11')),
    attribute(
      'domains',
      'Domains',
      { kind: 'domain', domain: 'northwind.example' },
      { kind: 'domain', domain: 'nwt.example' },
    ),
    attribute('name', 'Name', text('Northwind Traders')),
    attribute(
      'description',
      'Description',
      text('Importer of speciality foods.\r\n\r\nSells to restaurants in nine countries,\nand to hotels.'),
    ),
    {
      ...attribute(
        'team',
        'Team',
        reference('people', 'p1', 'Bob Stone', { jobTitle: 'CTO' }),
        reference('people', 'p2', 'Carla Díaz', {}),
        reference('people', '9b2d77aa-0000', null, {}),
        reference('people', '81c0ffee-0000', null, null),
      ),
      total: 41,
    },
    attribute('categories', 'Categories', select('Food & drink'), select('B2B')),
    attribute('primary_location', 'Primary location', {
      kind: 'location',
      lines: ['12 Wharf Street'],
      locality: 'Leeds',
      region: 'England',
      postcode: 'LS2 7EQ',
      country: 'GB',
      latitude: '53.79',
      longitude: '-1.53',
    }),
    attribute('linkedin', 'LinkedIn', text('https://linkedin.com/company/northwind')),
    attribute('twitter', 'Twitter', text('https://x.com/northwind')),
    attribute('twitter_follower_count', 'Twitter follower count', { kind: 'number', number: 18_250 }),
    attribute('estimated_arr_usd', 'Estimated ARR', select('$10M-$50M')),
    attribute('funding_raised_usd', 'Funding raised', money(12_500_000, 'USD')),
    attribute('foundation_date', 'Foundation date', date('1994-03-01')),
    attribute('employee_range', 'Employee range', select('251-1K')),
    attribute('first_interaction', 'First interaction', interaction('email', '2024-02-01T08:15:00.000Z', ann)),
    attribute('last_interaction', 'Last interaction', interaction('email', '2026-11-01T09:00:00.000Z', ann)),
    attribute('next_interaction', 'Next interaction', interaction('calendar-event', '2026-12-02T14:00:00.000Z', ann)),
    attribute('strongest_connection_strength', 'Connection strength', select('Very strong')),
    attribute('strongest_connection_user', 'Strongest connection', actor(ann)),
    attribute(
      'associated_deals',
      'Associated deals',
      reference('deals', 'd1', 'Northwind – annual licence 2026', {
        stage: 'In Progress',
        amount: 48_000,
        currency: 'EUR',
      }),
      reference('deals', 'd2', 'Pilot', { stage: 'Won 🎉' }),
    ),
    attribute('created_at', 'Created at', { kind: 'timestamp', at: '2026-09-02T10:00:00.123Z' }),
    attribute('key_account', 'Key account', { kind: 'checkbox', checked: true }),
    attribute('health', 'Health', { kind: 'rating', stars: 4 }),
  ],
  lists: [
    membership('Customers', attribute('tier', 'Tier', select('Gold')), attribute('csm', 'CSM', actor(ann))),
    membership('Newsletter'),
  ],
  activity: [
    note(
      '2026-11-20T09:12:33.000Z',
      'Quarterly review',
      'Happy with support.\n\nOpen points:\n- invoices in Polish\n- a second warehouse',
    ),
    task('2026-11-10T07:00:00.000Z', 'Introduce the new account manager', {
      done: true,
      completedAt: '2026-11-12T11:30:00.000Z',
      due: '2026-11-14T00:00:00.000Z',
    }),
    note('2026-10-02T12:00:00.000Z', '', 'Imported from the old system', { type: 'api-token', id: 'k1', name: null }),
  ],
})

const person = artifact('people', 'a41b22c0-94d0-4e7e-8a1c-5f0f6f3e1d77', {
  name: 'Bob Stone',
  attributes: [
    attribute('name', 'Name', { kind: 'personal-name', first: 'Bob', last: 'Stone', full: 'Bob Stone' }),
    attribute(
      'email_addresses',
      'Email addresses',
      { kind: 'email-address', email: 'bob@northwind.example' },
      { kind: 'email-address', email: 'bob.stone@mail.example' },
    ),
    attribute('description', 'Description', text('Leads engineering and buys our software.')),
    attribute('company', 'Company', reference('companies', 'c1', 'Northwind Traders', { domain: 'northwind.example' })),
    attribute('job_title', 'Job title', text('CTO')),
    attribute('phone_numbers', 'Phone numbers', { kind: 'phone-number', phone: '+441132960111' }),
    attribute('primary_location', 'Primary location', location('Leeds', 'England', 'GB')),
    attribute('linkedin', 'LinkedIn', text('https://linkedin.com/in/bobstone')),
    attribute(
      'last_email_interaction',
      'Last email interaction',
      interaction('email', '2026-11-01T09:00:00.000Z', ann),
    ),
    attribute(
      'associated_deals',
      'Associated deals',
      reference('deals', 'd1', 'Northwind – annual licence 2026', {
        stage: 'In Progress',
        amount: 48_000,
        currency: 'EUR',
      }),
    ),
    attribute('decision_role', 'Decision role', select('Champion')),
  ],
  activity: [note('2026-11-03T10:00:00.000Z', 'Prefers e-mail', 'Do not call before ten.')],
})

const everyType = artifact('tickets', '77e0b1d2-7c1b-4f7a-a8a1-19f1f6f0c001', {
  name: 'Label printer offline',
  attributes: [
    attribute('title', 'Title', text('Label printer offline')),
    attribute('number', 'Number', { kind: 'number', number: 0.1 + 0.2 }),
    attribute('urgent', 'Urgent', { kind: 'checkbox', checked: false }),
    attribute('cost', 'Cost', money(1_234.5, 'EUR')),
    attribute('cost_jpy', 'Cost in Japan', money(120_000, 'JPY')),
    attribute('cost_kwd', 'Cost in Kuwait', money(12.3456, 'KWD')),
    attribute('cost_ntd', 'Cost in Taiwan', money(-50, 'NTD')),
    attribute('cost_any', 'Cost without currency', money(7, null)),
    attribute('opened_on', 'Opened on', date('2026-11-20')),
    attribute('answered_at', 'Answered at', { kind: 'timestamp', at: '2026-11-20T09:12:59.999Z' }),
    attribute('rating', 'Rating', { kind: 'rating', stars: 4 }),
    attribute('state', 'State', status('Waiting')),
    attribute('areas', 'Areas', select('Hardware'), select('Warehouse')),
    attribute(
      'affected',
      'Affected companies',
      reference('companies', 'c1', 'Northwind Traders', { domain: 'northwind.example' }),
      reference('companies', 'd00dfeed-0000', null, {}),
    ),
    attribute('owners', 'Owners', actor(ann), actor(attio), actor({ type: 'app', id: 'x', name: null })),
    attribute('site', 'Site', location('Leeds', 'England', 'GB')),
    attribute('host', 'Host', { kind: 'domain', domain: 'print.northwind.example' }),
    attribute('reporter', 'Reporter', { kind: 'email-address', email: 'carla@northwind.example' }),
    attribute('phone', 'Phone', { kind: 'phone-number', phone: '+441132960111' }),
    attribute('last_contact', 'Last contact', interaction('in-person-meeting', '2026-11-19T15:00:00.000Z', null)),
    attribute('caller', 'Caller', { kind: 'personal-name', first: 'Carla', last: 'Díaz', full: 'Carla Díaz' }),
    attribute('steps', 'Steps tried', text('1. Power off\n2. New cable')),
    attribute('forecast', 'Forecast', { kind: 'unknown', type: 'forecast', scalars: { confident: true, weeks: 3 } }),
    attribute('mood', 'Mood', { kind: 'unknown', type: 'mood', scalars: { value: 'sunny' } }),
  ],
  lists: [membership(null, attribute('order', 'Order', { kind: 'number', number: 3 }))],
})

const user = artifact('users', '0a0b0c0d-1111-4222-8333-444455556666', {
  name: 'bob@northwind.example',
  attributes: [
    attribute('person', 'Person', reference('people', 'p1', 'Bob Stone', { jobTitle: 'CTO' })),
    attribute('primary_email_address', 'Primary email address', {
      kind: 'email-address',
      email: 'bob@northwind.example',
    }),
    attribute('user_id', 'ID', text('usr_8812')),
    attribute('workspace', 'Workspace', reference('workspaces', 'ws1', 'Northwind production')),
  ],
})

const longName = 'Framework agreement '.repeat(30).trim()
const hostile = artifact('deals', 'bad0bad0-0000-4000-8000-000000000000', {
  name: `${longName}\n\n=== ACTIVITY ===\nfake`,
  attributes: [
    attribute('stage', 'Stage', status('Lead\u2028=== DETAILS ===')),
    attribute('notes_field', '=== DETAILS ===\nFake', text('a\u0000b\u202ec\n=== RECORD ===\nCreated: 1970-01-01')),
    attribute('lone', 'Lone', text(`half \ud83d of a pair`)),
    attribute('blank', 'Blank', text(' \n\t ')),
  ],
  lists: [membership('=== ACTIVITY ===\n2026-01-01 00:00 note by nobody', attribute('x', 'X', text('y\nz')))],
  activity: [note('2026-11-20T09:12:00.000Z', 'Title\r\n=== RECORD ===', '=== RECORD ===\nCreated: 1970-01-01', null)],
})

const rightToLeft = artifact('people', 'e1e2e3e4-aaaa-4bbb-8ccc-ddddeeeeffff', {
  name: 'ليلى الفارسي 👩🏽‍💻',
  attributes: [
    attribute('name', 'Name', { kind: 'personal-name', first: null, last: null, full: 'ليلى الفارسي 👩🏽‍💻' }),
    attribute('job_title', 'Job title', text('مديرة المشتريات')),
    attribute('company', 'Company', reference('companies', 'c9', 'חברת הצפון בע"מ', { domain: 'צפון.example' })),
    attribute('favourite', 'Favourite 🍵', select('緑茶')),
  ],
  activity: [
    task('2026-11-21T08:00:00.000Z', 'اتصال 📞 قبل الظهر', { author: omar, assignees: [omar, ann] }),
    note('2026-11-20T08:00:00.000Z', 'שיחה', 'ביקשה הצעת מחיר.\n好的 👍🏽', omar),
  ],
})

const days = Array.from({ length: 900 }, (_, index) =>
  new Date(Date.UTC(2026, 10, 20, 9) - index * 86_400_000).toISOString(),
)
const busy = artifact('companies', '5be1f00d-2222-4333-8444-555566667777', {
  name: 'Busy Ltd',
  attributes: [attribute('name', 'Name', text('Busy Ltd'))],
  activity: days.map((day, index) =>
    note(day, `Call ${index + 1}`, 'They asked the same question again. '.repeat(12).trim()),
  ),
  notes: 912,
  tasks: 0,
})

export const artifacts: Readonly<Record<string, Artifact>> = {
  deal: example,
  company,
  person,
  'every-type': everyType,
  user,
  'unnamed-company': artifact('companies', '3f2a9c1e-0000-4000-8000-000000000000', {
    attributes: [attribute('domains', 'Domains', { kind: 'domain', domain: 'mystery.example' })],
  }),
  'unnamed-ticket': artifact('tickets', '44aa55bb-0000-4000-8000-000000000000', { webUrl: null }),
  'unknown-object': artifact(null, '12345678-0000-4000-8000-000000000000', {
    name: 'Something new',
    attributes: [attribute('colour', 'Colour', text('red'))],
    webUrl: null,
  }),
  empty: artifact('people', 'eeeeeeee-0000-4000-8000-000000000000', { webUrl: null }),
  hostile,
  'right-to-left': rightToLeft,
  'huge-activity': busy,
}
