import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emulate } from '../harness.ts'

test('notes come ten or at most fifty a page, in both formats, by parent or all', async (t) => {
  const { ask, attio } = await emulate(t)
  const deal = attio.edit.createRecord({
    object: 'deals',
    values: { name: 'x', stage: 'Lead', owner: 'ann.lee@acme.example' },
  }).id
  const content = '# Head\n**Bold** and ==marked== [link](https://a.example)'
  const note = attio.edit.createNote({ record: deal, title: 'T', content }).id
  assert.equal((await ask('GET', '/v2/notes')).body.data.length, 10)
  assert.equal((await ask('GET', '/v2/notes?limit=50')).body.data.length, 50)
  assert.equal((await ask('GET', '/v2/notes?limit=51')).status, 400)
  const own = (await ask('GET', `/v2/notes?parent_object=deals&parent_record_id=${deal}`)).body.data
  assert.deepEqual(
    own.map((each: { id: { note_id: string } }) => each.id.note_id),
    [note],
  )
  assert.equal(own[0].content_markdown, content)
  assert.equal(own[0].content_plaintext, 'Head\nBold and marked link')
  assert.equal(own[0].parent_object, 'deals')
  const ids = new Set<string>()
  for (let offset = 0; ; offset += 50) {
    const page = (await ask('GET', `/v2/notes?limit=50&offset=${offset}`)).body.data
    for (const each of page) ids.add(each.id.note_id)
    if (page.length < 50) break
  }
  assert.equal(ids.size, attio.world.workspace().notes.length)
  assert.equal((await ask('GET', '/v2/notes?parent_object=nothing&parent_record_id=x')).status, 404)
})

test('tasks are filtered by record, assignee and state, and sorted', async (t) => {
  const { ask, attio } = await emulate(t)
  const deal = attio.edit.createRecord({
    object: 'deals',
    values: { name: 'x', stage: 'Lead', owner: 'ann.lee@acme.example' },
  }).id
  const mine = attio.edit.createTask({ content: 'Mine', records: [deal], assignees: ['mei.tanaka@acme.example'] }).id
  const done = attio.edit.createTask({ content: 'Done', records: [deal], completed: true }).id
  const ids = async (query: string) =>
    (await ask('GET', `/v2/tasks?${query}`)).body.data.map((each: { id: { task_id: string } }) => each.id.task_id)
  const on = `linked_object=deals&linked_record_id=${deal}`
  assert.deepEqual(await ids(on), [mine, done])
  assert.deepEqual(await ids(`${on}&is_completed=true`), [done])
  assert.deepEqual(await ids(`${on}&assignee=mei.tanaka@acme.example`), [mine])
  assert.deepEqual(await ids(`${on}&assignee=`), [done])
  assert.deepEqual(await ids(`${on}&sort=created_at:desc`).then((list) => list.sort()), [mine, done].sort())
  assert.equal((await ids('sort=completed_at:desc'))[0], done)
  assert.equal((await ask('GET', '/v2/tasks?linked_object=deals')).status, 400)
})

test('deleting the first comment of a thread deletes the thread', async (t) => {
  const { ask, attio } = await emulate(t)
  const company = attio.edit.createRecord({ object: 'companies', values: { name: 'x' } }).id
  const first = attio.edit.createComment({ record: company, content: 'one' }).id
  const { body } = await ask('GET', `/v2/comments/${first}`)
  attio.edit.createComment({ record: company, content: 'two', thread: body.data.thread_id })
  const threads = () => ask('GET', `/v2/threads?object=companies&record_id=${company}`)
  assert.equal((await threads()).body.data[0].comments.length, 2)
  await ask('DELETE', `/v2/comments/${first}`)
  assert.deepEqual((await threads()).body.data, [])
})

test('a record may be in a list twice; its entries are listed, and asserting by parent is then ambiguous', async (t) => {
  const { ask, attio } = await emulate(t)
  const record = attio.edit.createRecord({ object: 'companies', values: { name: 'x' } }).id
  attio.edit.addEntry({ list: 'enterprise_pipeline', record, values: { stage: 'Qualified' } })
  attio.edit.addEntry({ list: 'enterprise_pipeline', record, values: { stage: 'Contract' } })
  const { body } = await ask('GET', `/v2/objects/companies/records/${record}/entries`)
  assert.deepEqual(
    body.data.map((each: { list_api_slug: string }) => each.list_api_slug),
    ['enterprise_pipeline', 'enterprise_pipeline'],
  )
  const data = { parent_object: 'companies', parent_record_id: record, entry_values: {} }
  const upsert = await ask('PUT', '/v2/lists/enterprise_pipeline/entries', { data })
  assert.equal(upsert.body.code, 'multiple_match_results')
  const entry = `/v2/lists/enterprise_pipeline/entries/${body.data[0].entry_id}`
  assert.equal(
    (await ask('PATCH', entry, { data: { entry_values: { parent_record: record } } })).body.code,
    'immutable_value',
  )
})

test('webhooks: filter is required, a duplicate is refused, the secret is told once', async (t) => {
  const { ask } = await emulate(t)
  const target_url = 'https://example.com/hook'
  const bare = await ask('POST', '/v2/webhooks', {
    data: { target_url, subscriptions: [{ event_type: 'record.updated' }] },
  })
  assert.deepEqual([bare.status, bare.body.code], [400, 'validation_type'])
  assert.deepEqual(bare.body.validation_errors[0].path, ['data', 'subscriptions', 0, 'filter'])
  const missing = await ask('POST', '/v2/webhooks', { data: { subscriptions: [] } })
  assert.deepEqual(missing.body.validation_errors[0], {
    code: 'invalid_type',
    path: ['data', 'target_url'],
    message: 'Required',
    expected: 'string',
    received: 'undefined',
  })
  const data = { target_url, subscriptions: [{ event_type: 'record.updated', filter: null }] }
  const made = await ask('POST', '/v2/webhooks', { data })
  assert.match(made.body.data.secret, /^[0-9a-f]{64}$/)
  const again = await ask('POST', '/v2/webhooks', { data })
  assert.deepEqual([again.status, again.body.code], [409, 'uniqueness_conflict'])
  const got = await ask('GET', `/v2/webhooks/${made.body.data.id.webhook_id}`)
  assert.equal(got.body.data.status, 'active')
  assert.ok(!('secret' in got.body.data))
  const term = { field: 'id.list_id', operator: 'equals', value: 'nowhere' }
  const list = await ask('POST', '/v2/webhooks', {
    data: { target_url, subscriptions: [{ event_type: 'list-entry.created', filter: { $and: [term] } }] },
  })
  assert.deepEqual([list.status, list.body.message], [400, 'Related list not found'])
  const plain = await ask('POST', '/v2/webhooks', { data: { ...data, target_url: 'http://example.com/' } })
  assert.equal(plain.status, 400)
})
