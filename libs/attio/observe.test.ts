import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '@attio-stream/contracts'
import { observe } from './observe.ts'

const T = '2026-01-29T08:22:24.253000000Z'
const AT = '2026-01-29T08:22:24.253Z'
const author = { type: 'workspace-member', id: 'm' }
const change = (kind: string, id: string, payload: unknown): Change => ({
  workspace_id: 'w',
  kind,
  id,
  object_id: null,
  list_id: null,
  fence: 1,
  source: 'webhook',
  gone: false,
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
})
const record = {
  id: { workspace_id: 'w', object_id: 'o', record_id: 'r' },
  created_at: T,
  web_url: 'https://app.attio.com/acme/company/r',
  values: { name: [{ attribute_type: 'text', value: 'Acme', active_until: null }], description: [] },
  a_field_of_tomorrow: true,
}

test('a record is observed with its values', () => {
  assert.deepEqual(observe(change('record', 'r', record)), {
    kind: 'record',
    object: 'o',
    record: 'r',
    createdAt: AT,
    webUrl: record.web_url,
    values: { name: [{ kind: 'text', text: 'Acme' }] },
    order: ['name', 'description'],
  })
})

test('a note is filed under its parent; its text is the plain one', () => {
  const note = {
    id: { workspace_id: 'w', note_id: 'n' },
    parent_object: 'people',
    parent_record_id: 'r',
    title: 'Call',
    content_plaintext: 'hi',
    content_markdown: '**hi**',
    created_by_actor: author,
    created_at: T,
  }
  const expected = { kind: 'note', id: 'n', createdAt: AT, author, title: 'Call', text: 'hi', parents: ['r'] }
  assert.deepEqual(observe(change('note', 'n', note)), expected)
})

test('a task is filed under every record it is linked to, once', () => {
  const linked = (id: string) => ({ target_object_id: 'people', target_record_id: id })
  const task = {
    id: { workspace_id: 'w', task_id: 't' },
    content_plaintext: 'Follow up',
    deadline_at: T,
    is_completed: false,
    linked_records: [linked('a'), linked('b'), linked('a')],
    assignees: [{ referenced_actor_type: 'workspace-member', referenced_actor_id: 'm' }],
    created_by_actor: author,
    created_at: T,
  }
  assert.deepEqual(observe(change('task', 't', task)), {
    kind: 'task',
    id: 't',
    createdAt: AT,
    author,
    text: 'Follow up',
    assignees: [author],
    done: false,
    completedAt: null,
    due: AT,
    parents: ['a', 'b'],
  })
})

test('an entry may come without values', () => {
  const id = { workspace_id: 'w', list_id: 'l', entry_id: 'e' }
  const entry = { id, parent_record_id: 'r', parent_object: 'o', created_at: T, entry_values: null }
  assert.deepEqual(observe(change('entry', 'e', entry)), {
    kind: 'entry',
    id: 'e',
    list: 'l',
    createdAt: AT,
    author: null,
    values: {},
    parents: ['r'],
  })
})

test('an object is observed with its attributes in order, archived ones left out', () => {
  const attribute = (slug: string, more: object = {}) => ({
    id: { attribute_id: slug },
    title: slug.toUpperCase(),
    api_slug: slug,
    type: 'text',
    is_multiselect: false,
    ...more,
  })
  const money = { type: 'currency', config: { currency: { default_currency_code: 'EUR' } } }
  const payload = {
    object: { id: { workspace_id: 'w', object_id: 'o' }, api_slug: 'deals', singular_noun: 'Deal', plural_noun: null },
    attributes: [attribute('b', money), attribute('gone', { is_archived: true }), attribute('a')],
  }
  const card = { multiple: false, currency: null, type: 'text' }
  assert.deepEqual(observe(change('object', 'o', payload)), {
    kind: 'object',
    id: 'o',
    slug: 'deals',
    singular: 'Deal',
    plural: null,
    attributes: [
      { ...card, slug: 'b', title: 'B', type: 'currency', currency: 'EUR' },
      { ...card, slug: 'a', title: 'A' },
    ],
  })
})

test('a member is called by its name, without one by its e-mail', () => {
  const member = {
    id: { workspace_id: 'w', workspace_member_id: 'm' },
    first_name: 'Ann',
    last_name: 'Lee',
    email_address: 'a@b.c',
  }
  assert.deepEqual(observe(change('member', 'm', member)), { kind: 'member', id: 'm', name: 'Ann Lee', email: 'a@b.c' })
  const unnamed = observe(change('member', 'm', { ...member, first_name: '', last_name: null }))
  assert.deepEqual(unnamed, { kind: 'member', id: 'm', name: 'a@b.c', email: 'a@b.c' })
})

test('what cannot be read is a rejection that says where, and nothing of what was in it', () => {
  const cases: readonly (readonly [Change, RegExp])[] = [
    [change('record', 'r', '{"half'), /not JSON/],
    [change('record', 'r', { ...record, values: 'Ann Lee' }), /shape at values/],
    [change('record', 'other', record), /another thing/],
    [{ ...change('record', 'r', record), workspace_id: 'v' }, /another workspace/],
    [change('record', 'r', { ...record, created_at: 'Ann Lee' }), /created_at is no time/],
    [change('comment', 'r', record), /kind is not known/],
    [{ ...change('record', 'r', record), payload: null }, /no payload/],
  ]
  for (const [bad, reason] of cases) {
    const read = observe(bad)
    assert.equal(read.kind, 'rejected')
    assert.match(read.kind === 'rejected' ? read.reason : '', reason)
    assert.doesNotMatch(JSON.stringify(read), /Ann/)
  }
})
