import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client, emulate } from '../harness.ts'

test('a token says who it is, an unknown one is inactive, and none at all is a missing value', async (t) => {
  const { attio, ask, token } = await emulate(t)
  const { body } = await ask('GET', '/v2/self')
  assert.equal(body.active, true)
  assert.equal(body.workspace_id, attio.workspaces[0]?.id)
  assert.equal(body.sub, body.workspace_id)
  assert.equal(body.exp, null)
  assert.equal(token.length, 64)
  const unknown = await client(attio.url, 'f'.repeat(64))('GET', '/v2/self')
  assert.deepEqual([unknown.status, unknown.body], [200, { active: false }])
  for (const bad of ['short', '']) {
    const answer = await client(attio.url, bad)('GET', '/v2/self')
    assert.deepEqual([answer.status, answer.body.code], [400, 'missing_value'])
  }
  attio.edit.revokeToken({ token })
  assert.deepEqual((await ask('GET', '/v2/self')).body, { active: false })
  assert.equal((await ask('GET', '/v2/objects')).status, 401)
})

test('elsewhere a bad token is 401, and one of the wrong length is told how long a key is', async (t) => {
  const { attio } = await emulate(t)
  const short = await client(attio.url, 'abc')('GET', '/v2/objects')
  assert.deepEqual([short.status, short.body.type, short.body.code], [401, 'auth_error', 'unauthorized'])
  assert.match(short.body.message, /API keys should be 64 characters long/)
  assert.equal((await client(attio.url, 'f'.repeat(64))('GET', '/v2/objects')).status, 401)
})

test('the token also comes by HTTP Basic, as the user name', async (t) => {
  const { ask, token } = await emulate(t)
  const basic = `Basic ${Buffer.from(`${token}:`).toString('base64')}`
  assert.equal((await ask('GET', '/v2/objects', undefined, { authorization: basic })).status, 200)
})

test('a missing scope is 403 on its own routes only, and read-write includes read', async (t) => {
  const { attio, ask, token } = await emulate(t)
  attio.edit.setScopes({ token, scopes: ['object_configuration:read', 'record_permission:read', 'webhook:read-write'] })
  assert.equal((await ask('POST', '/v2/objects/people/records/query', {})).status, 200)
  assert.equal((await ask('GET', '/v2/webhooks')).status, 200)
  const lists = await ask('GET', '/v2/lists')
  assert.deepEqual([lists.status, lists.body.type, lists.body.code], [403, 'auth_error', 'unauthorized'])
  assert.equal((await ask('POST', '/v2/objects/people/records', { data: { values: {} } })).status, 403)
  assert.equal((await ask('GET', '/v2/tasks')).status, 403)
})

test('there is no GET on records, and the 404 names the endpoint', async (t) => {
  const { ask } = await emulate(t)
  const { status, body } = await ask('GET', '/v2/objects/companies/records')
  assert.equal(status, 404)
  assert.equal(body.message, 'Could not find endpoint "GET /v2/objects/companies/records".')
})

test('a disabled standard object is hidden from the list and refused by name', async (t) => {
  const { attio } = await emulate(t, { workspaces: 2 })
  const second = client(attio.url, attio.workspaces[1]?.token ?? '')
  const { body } = await second('GET', '/v2/objects')
  assert.ok(!body.data.some((object: { api_slug: string }) => object.api_slug === 'deals'))
  for (const path of ['/v2/objects/deals', '/v2/objects/deals/attributes']) {
    const { status, body: error } = await second('GET', path)
    assert.deepEqual([status, error.code], [400, 'standard_object_disabled'])
    assert.equal(
      error.message,
      'The Standard object with slug/ID "deals" must be enabled by a Workspace admin before it can be used.',
    )
  }
  const people = await second('POST', '/v2/objects/people/records/query', { limit: 1 })
  assert.ok(!('associated_deals' in people.body.data[0].values))
})

test('one workspace does not see the other', async (t) => {
  const { attio, ask } = await emulate(t, { workspaces: 2 })
  const other = client(attio.url, attio.workspaces[1]?.token ?? '')
  const id = (await ask('POST', '/v2/objects/people/records/query', { limit: 1 })).body.data[0].id.record_id
  assert.equal((await other('GET', `/v2/objects/people/records/${id}`)).status, 404)
})

test('writes over REST are by the token, multiselects are added to by PATCH and replaced by PUT', async (t) => {
  const { ask, attio } = await emulate(t)
  const create = await ask('POST', '/v2/objects/companies/records', {
    data: { values: { domains: ['a.example', 'b.example'] } },
  })
  const id = create.body.data.id.record_id
  const path = `/v2/objects/companies/records/${id}`
  const domains = (reply: typeof create) =>
    reply.body.data.values.domains.map((each: { domain: string }) => each.domain)
  assert.deepEqual(domains(await ask('PATCH', path, { data: { values: { domains: ['c.example'] } } })), [
    'c.example',
    'a.example',
    'b.example',
  ])
  assert.deepEqual(domains(await ask('PUT', path, { data: { values: { domains: ['d.example'] } } })), ['d.example'])
  assert.deepEqual(create.body.data.values.domains[0].created_by_actor, {
    type: 'api-token',
    id: attio.workspaces[0]?.tokenId,
  })
  const conflict = await ask('POST', '/v2/objects/companies/records', { data: { values: { domains: ['d.example'] } } })
  assert.deepEqual([conflict.status, conflict.body.code], [400, 'uniqueness_conflict'])
})

test('bad writes are refused by kind', async (t) => {
  const { ask } = await emulate(t)
  const post = async (values: unknown) =>
    (await ask('POST', '/v2/objects/deals/records', { data: { values } })).body.code
  const good = { name: 'x', stage: 'Lead', owner: 'ann.lee@acme.example' }
  assert.equal(await post({ ...good, stage: 'Nonsense' }), 'value_not_found')
  assert.equal(await post({ ...good, nonsense: 1 }), 'value_not_found')
  assert.equal(await post({ ...good, weighted_value: 1 }), 'system_edit_unauthorized')
  assert.equal(await post({ name: 'x' }), 'missing_value')
  assert.equal(await post({ ...good, value: { currency_value: 1, currency_code: 'ZZZ' } }), 'validation_type')
  assert.equal(await post({ ...good, associated_company: '00000000-0000-4000-8000-000000000000' }), 'value_not_found')
  assert.equal((await ask('POST', '/v2/objects/deals/records', '{')).body.code, 'validation_type')
})

test('what a person does is looser: unknown currencies and attribute types appear in answers', async (t) => {
  const { attio, ask } = await emulate(t)
  const deal = attio.edit.createRecord({
    object: 'deals',
    values: { name: 'x', stage: 'Lead', owner: 'ann.lee@acme.example' },
  }).id
  attio.edit.createAttribute({ in: 'users', slug: 'aura', type: 'hologram' })
  const user = attio.edit.createRecord({
    object: 'users',
    values: { user_id: 'u', primary_email_address: 'u@x.example', aura: { projection: 'blue', depth: 3 } },
  }).id
  const truth = await fetch(`${attio.url}/_control/truth?kind=one&id=${user}`)
  const { data } = (await truth.json()) as {
    data: { values: { aura: { attribute_type: string; projection: string }[] } }
  }
  assert.equal(data.values.aura[0]?.attribute_type, 'hologram')
  assert.equal(data.values.aura[0]?.projection, 'blue')
  attio.edit.setValues({ record: deal, values: { value: { currency_value: 5, currency_code: 'ZZZ' } } })
  const other = await fetch(`${attio.url}/_control/truth?kind=one&id=${deal}`)
  assert.match(await other.text(), /"currency_code":"ZZZ"/)
  assert.equal((await ask('GET', '/v2/self')).status, 200)
})

test('values carry their versions: a change ends the old one, clearing ends without a new one', async (t) => {
  const { ask, attio } = await emulate(t)
  const id = attio.edit.createRecord({ object: 'companies', values: { name: 'One' } }).id
  attio.edit.setValues({ record: id, values: { name: 'Two' } })
  attio.edit.clearValue({ record: id, attribute: 'name' })
  const base = `/v2/objects/companies/records/${id}`
  assert.deepEqual((await ask('GET', base)).body.data.values.name, [])
  assert.deepEqual((await ask('GET', `${base}/attributes/name/values`)).body.data, [])
  const { body } = await ask('GET', `${base}/attributes/name/values?show_historic=true`)
  assert.deepEqual(
    body.data.map((value: { value: string }) => value.value),
    ['One', 'Two'],
  )
  for (const value of body.data) assert.match(value.active_until, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
  const paged = await ask('GET', `${base}/attributes/name/values?show_historic=true&limit=1&offset=1`)
  assert.deepEqual(
    paged.body.data.map((value: { value: string }) => value.value),
    ['Two'],
  )
  const enriched = await ask('GET', `${base}/attributes/last_interaction/values?show_historic=true`)
  assert.deepEqual([enriched.status, enriched.body.code], [400, 'validation_type'])
})

test('a history rewrite changes what is read and nothing announces it', async (t) => {
  const { ask, attio } = await emulate(t)
  const heard: unknown[] = []
  const id = attio.edit.createRecord({ object: 'companies', values: { name: 'Now' } }).id
  attio.world.on((_workspace, event) => heard.push(event))
  const values = [
    { value: 'Before', active_from: '2020-01-01T00:00:00Z', active_until: '2021-01-01T00:00:00Z' },
    { value: 'After', active_from: '2021-01-01T00:00:00Z' },
  ]
  const path = `/v2/objects/companies/records/${id}/attributes/name/values`
  assert.equal((await ask('PUT', path, { data: { replace_history: true, values } })).status, 200)
  assert.deepEqual(heard, [])
  const { body } = await ask('GET', `/v2/objects/companies/records/${id}`)
  assert.equal(body.data.values.name[0].value, 'After')
  assert.match(body.data.values.name[0].active_from, /^2021-01-01/)
  assert.equal(
    (await ask('PUT', path.replace('/name/', '/team/'), { data: { replace_history: true, values: [] } })).status,
    400,
  )
})

test('renaming or archiving an option changes titles in place without a new version', async (t) => {
  const { ask, attio } = await emulate(t)
  const id = attio.edit.createRecord({ object: 'companies', values: { tier: 'Gold' } }).id
  const read = async () => (await ask('GET', `/v2/objects/companies/records/${id}`)).body.data.values.tier[0]
  const before = await read()
  attio.edit.renameOption({ in: 'companies', attribute: 'tier', option: 'Gold', title: 'Platinum' })
  attio.edit.archiveOption({ in: 'companies', attribute: 'tier', option: 'Platinum' })
  const after = await read()
  assert.deepEqual(
    [after.option.title, after.option.is_archived, after.active_from],
    ['Platinum', true, before.active_from],
  )
  const options = '/v2/objects/companies/attributes/tier/options'
  const titles = (reply: { body: { data: { title: string }[] } }) => reply.body.data.map((each) => each.title)
  assert.deepEqual(titles(await ask('GET', options)), ['Silver'])
  assert.equal(titles(await ask('GET', `${options}?show_archived=true`)).length, 3)
})

test('an archived attribute disappears from values and from the list unless asked for', async (t) => {
  const { ask, attio } = await emulate(t)
  const values = async () =>
    (await ask('POST', '/v2/objects/companies/records/query', { limit: 1 })).body.data[0].values
  assert.ok('description' in (await values()))
  attio.edit.archiveAttribute({ in: 'companies', attribute: 'description' })
  assert.ok(!('description' in (await values())))
  const slugs = async (query: string) =>
    (await ask('GET', `/v2/objects/companies/attributes${query}`)).body.data.map(
      (each: { api_slug: string }) => each.api_slug,
    )
  assert.ok(!(await slugs('')).includes('description'))
  assert.ok((await slugs('?show_archived=true')).includes('description'))
})

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
