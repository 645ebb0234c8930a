import assert from 'node:assert/strict'
import { test } from 'node:test'
import { envelopeSchema, noticesOf, SUBSCRIBED_EVENTS } from './envelope.ts'

const delivery = { key: 'k1', receivedAt: 5 }
const actor = { type: 'workspace-member', id: 'm' }
const IDS = {
  workspace_id: 'w',
  object_id: 'o',
  record_id: 'r',
  list_id: 'l',
  entry_id: 'e',
  note_id: 'n',
  task_id: 't',
  attribute_id: 'a',
}
const notices = (event: Record<string, unknown>) => {
  const parsed = envelopeSchema.parse({ webhook_id: 'h', events: [{ actor, ...event }] }).events[0]
  assert.ok(parsed)
  return noticesOf(parsed, delivery).notices
}
const brief = (event: Record<string, unknown>) =>
  notices(event)?.map((one) => `${one.kind} ${one.id}${one.nominates ? ' nominated' : ''}`)

test('every subscribed event becomes a notice for the thing it names', () => {
  const id = { ...IDS, workspace_member_id: 'wm' }
  for (const event_type of SUBSCRIBED_EVENTS) assert.equal(notices({ event_type, id })?.length, 1, event_type)
})

test('a notice carries ids, actor, delivery key and time of receipt', () => {
  const id = { workspace_id: 'w', list_id: 'l', entry_id: 'e', attribute_id: 'a' }
  assert.deepEqual(notices({ event_type: 'list-entry.updated', id, parent_object_id: 'o', parent_record_id: 'r' }), [
    {
      workspace_id: 'w',
      source: 'webhook',
      event_type: 'list-entry.updated',
      kind: 'entry',
      id: 'e',
      object_id: null,
      list_id: 'l',
      parent_record_id: 'r',
      parent_object_id: 'o',
      related_id: null,
      nominates: false,
      actor_type: 'workspace-member',
      actor_id: 'm',
      delivery_key: 'k1',
      received_at: 5,
    },
  ])
})

test('a merge gives notices for the new and the old id, each naming the other, and nominates only the old one', () => {
  const event = { event_type: 'record.merged', id: { workspace_id: 'w', object_id: 'o', record_id: 'new' } }
  const pair = notices({ ...event, duplicate_object_id: 'o2', duplicate_record_id: 'old' })
  assert.deepEqual(
    pair?.map(({ id, object_id, related_id, nominates }) => ({ id, object_id, related_id, nominates })),
    [
      { id: 'new', object_id: 'o', related_id: 'old', nominates: false },
      { id: 'old', object_id: 'o2', related_id: 'new', nominates: true },
    ],
  )
})

test('only deletions and merges nominate', () => {
  const record = { workspace_id: 'w', object_id: 'o', record_id: 'r' }
  assert.deepEqual(brief({ event_type: 'record.deleted', id: record }), ['record r nominated'])
  assert.deepEqual(brief({ event_type: 'record.updated', id: { ...record, attribute_id: 'a' } }), ['record r'])
  assert.deepEqual(brief({ event_type: 'task.deleted', id: { workspace_id: 'w', task_id: 't' } }), ['task t nominated'])
})

test('schema events name the object or list that is to be read again', () => {
  assert.deepEqual(
    brief({ event_type: 'object-attribute.updated', id: { workspace_id: 'w', object_id: 'o', attribute_id: 'a' } }),
    ['object o'],
  )
  assert.deepEqual(
    brief({ event_type: 'list-attribute.created', id: { workspace_id: 'w', list_id: 'l', attribute_id: 'a' } }),
    ['list l'],
  )
})

test('an event of an unknown type, or without its ids, passes and has no notices', () => {
  assert.equal(
    notices({ event_type: 'activity-record.created', id: { workspace_id: 'w', activity_id: 'x', record_id: 'r' } }),
    null,
  )
  assert.equal(
    notices({ event_type: 'comment.created', id: { workspace_id: 'w', comment_id: 'c' }, thread_id: 't' }),
    null,
  )
  assert.equal(notices({ event_type: 'record.updated', id: { workspace_id: 'w' } }), null)
})

test('a body without events, or an event without its workspace, is of the wrong shape', () => {
  for (const body of [null, [], {}, { webhook_id: 'h' }, { webhook_id: 'h', events: [{ event_type: 'x', id: {} }] }])
    assert.equal(envelopeSchema.safeParse(body).success, false)
})
