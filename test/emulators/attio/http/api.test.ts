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
