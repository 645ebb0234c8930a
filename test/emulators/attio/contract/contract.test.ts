import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emulate } from '../harness.ts'
import { templateOf } from '../http/call.ts'
import { routes } from '../routes/index.ts'
import { contractChecker, readContract } from './check.ts'
import { BEYOND } from './deviations.ts'

test('every emulated route is in the contract or named as newer than it', () => {
  const contract = readContract()
  const missing = routes
    .map((route) => `${route.method} ${templateOf(route)}`)
    .filter((key) => !contract.routes[key] && !BEYOND.has(key))
  assert.deepEqual(missing, [])
})

test('the check finds a missing key, a wrong type, an unknown code and an unknown route', () => {
  const { answer } = contractChecker()
  const template = 'GET /v2/objects'
  assert.equal(answer({ template, status: 200, body: '{"data":[]}' }).length, 0)
  assert.notEqual(answer({ template, status: 200, body: '{"data":[{"api_slug":"x"}]}' }).length, 0)
  assert.notEqual(answer({ template, status: 200, body: '{"data":{}}' }).length, 0)
  assert.notEqual(
    answer({
      template,
      status: 404,
      body: '{"status_code":404,"type":"invalid_request_error","code":"gone","message":"x"}',
    }).length,
    0,
  )
  assert.notEqual(answer({ template: 'GET /v2/nothing', status: 200, body: '{}' }).length, 0)
  const record = (value: object) =>
    JSON.stringify({
      data: [
        {
          id: { workspace_id: u, object_id: u, record_id: u },
          created_at: 'x',
          web_url: 'https://a.b',
          values: { a: [value] },
        },
      ],
    })
  const u = '00000000-0000-4000-8000-000000000000'
  const envelope = {
    active_from: '2026-01-29T08:22:24.253000000Z',
    active_until: null,
    created_by_actor: { type: 'system', id: null },
  }
  const query = 'POST /v2/objects/{object}/records/query'
  assert.deepEqual(
    answer({ template: query, status: 200, body: record({ ...envelope, attribute_type: 'text', value: 'x' }) }),
    [],
  )
  assert.notEqual(
    answer({ template: query, status: 200, body: record({ ...envelope, attribute_type: 'text', value: 1 }) }).length,
    0,
  )
})

test('every answer of every route conforms, over all attribute types and the error kinds', async (t) => {
  const { attio, ask, answered } = await emulate(t)
  const { world } = attio
  const workspace = world.workspace()
  await ask('GET', '/v2/self')
  const byCreation = [{ direction: 'asc', attribute: 'created_at' }]
  const { body: objects } = await ask('GET', '/v2/objects')
  const types = new Set<string>()
  for (const object of objects.data) {
    const base = `/v2/objects/${object.api_slug}`
    await ask('GET', base)
    const { body: attributes } = await ask('GET', `${base}/attributes?show_archived=true`)
    const { body: page } = await ask('POST', `${base}/records/query`, { sorts: byCreation })
    const id = page.data[0].id.record_id
    await ask('GET', `${base}/records/${id}`)
    await ask('GET', `${base}/records/${id}/entries`)
    for (const attribute of attributes.data) {
      const path = `${base}/attributes/${attribute.api_slug}`
      await ask('GET', path)
      await ask('GET', `${path}/options?show_archived=true`)
      await ask('GET', `${path}/statuses?show_archived=true`)
      await ask('GET', `${base}/records/${id}/attributes/${attribute.api_slug}/values?show_historic=true`)
    }
    for (const record of page.data)
      for (const values of Object.values(record.values) as { attribute_type: string }[][])
        for (const value of values) types.add(value.attribute_type)
  }
  assert.equal(types.size, 17)

  const company =
    workspace.objects
      .values()
      .find((each) => each.slug === 'companies')
      ?.items.at(0).id ?? ''
  const deal = { values: { name: 'New', stage: 'Lead', owner: 'ann.lee@acme.example', value: 10 } }
  const { body: made } = await ask('POST', '/v2/objects/deals/records', { data: deal })
  const dealId = made.data.id.record_id
  await ask('PATCH', `/v2/objects/deals/records/${dealId}`, { data: { values: { associated_company: company } } })
  await ask('PUT', `/v2/objects/deals/records/${dealId}`, { data: { values: { next_step: 'Call' } } })
  await ask('PUT', '/v2/objects/companies/records?matching_attribute=domains', {
    data: { values: { domains: 'fresh.example' } },
  })
  const versions = [{ value: 'Old', active_from: '2025-01-01T00:00:00Z' }]
  const rewrite = { data: { replace_history: true, values: versions } }
  assert.equal(
    (await ask('PUT', `/v2/objects/deals/records/${dealId}/attributes/next_step/values`, rewrite)).status,
    200,
  )
  const other = (await ask('POST', '/v2/objects/deals/records', { data: deal })).body.data.id.record_id
  const merged = await ask('POST', '/v2/objects/records/merge', {
    data: { primary_record_id: dealId, secondary_record_id: other },
  })
  assert.equal(merged.status, 200)
  await ask('DELETE', `/v2/objects/deals/records/${merged.body.data.new_record_id}`)

  const object = { data: { api_slug: 'boats', singular_noun: 'Boat', plural_noun: 'Boats' } }
  await ask('POST', '/v2/objects', object)
  await ask('PATCH', '/v2/objects/boats', { data: { singular_noun: 'Ship' } })
  const config = { currency: {}, record_reference: { allowed_objects: ['people'] } }
  const flags = { description: null, is_required: false, is_unique: false, is_multiselect: true }
  for (const type of ['select', 'status', 'record-reference'])
    await ask('POST', '/v2/objects/boats/attributes', { data: { title: type, api_slug: type, type, ...flags, config } })
  await ask('PATCH', '/v2/objects/boats/attributes/select', { data: { title: 'Kind' } })
  for (const [kind, plural] of [
    ['select', 'options'],
    ['status', 'statuses'],
  ]) {
    await ask('POST', `/v2/objects/boats/attributes/${kind}/${plural}`, { data: { title: 'One' } })
    await ask('PATCH', `/v2/objects/boats/attributes/${kind}/${plural}/One`, { data: { title: 'Two' } })
  }

  const list = {
    name: 'L',
    api_slug: 'l',
    parent_object: 'companies',
    workspace_access: 'full-access',
    workspace_member_access: [],
  }
  await ask('POST', '/v2/lists', { data: list })
  await ask('PATCH', '/v2/lists/l', { data: { name: 'M' } })
  for (const each of (await ask('GET', '/v2/lists')).body.data) {
    await ask('GET', `/v2/lists/${each.api_slug}`)
    await ask('GET', `/v2/lists/${each.api_slug}/attributes`)
    const { body } = await ask('POST', `/v2/lists/${each.api_slug}/entries/query`, {})
    if (body.data[0]) await ask('GET', `/v2/lists/${each.api_slug}/entries/${body.data[0].id.entry_id}`)
  }
  const entries = '/v2/lists/enterprise_pipeline/entries'
  const parent = { parent_object: 'companies', parent_record_id: company }
  const entry = (await ask('POST', entries, { data: { ...parent, entry_values: { stage: 'Qualified' } } })).body.data.id
    .entry_id
  await ask('PATCH', `${entries}/${entry}`, { data: { entry_values: { priority: 'High' } } })
  await ask('PUT', `${entries}/${entry}`, { data: { entry_values: { priority: 'Low' } } })
  await ask('GET', `${entries}/${entry}/attributes/stage/values`)
  await ask('PUT', `${entries}/${entry}/attributes/target_close/values`, {
    data: { replace_history: true, values: [{ value: '2026-01-01', active_from: '2025-01-01T00:00:00Z' }] },
  })
  await ask('DELETE', `${entries}/${entry}`)
  const fresh = (
    await ask('PUT', '/v2/objects/companies/records?matching_attribute=domains', {
      data: { values: { domains: 'fresh.example' } },
    })
  ).body.data.id.record_id
  assert.equal(
    (await ask('PUT', entries, { data: { parent_object: 'companies', parent_record_id: fresh, entry_values: {} } }))
      .status,
    200,
  )

  const note = (
    await ask('POST', '/v2/notes', { data: { ...parent, title: 'T', format: 'markdown', content: '**b**' } })
  ).body.data.id.note_id
  await ask('GET', '/v2/notes?limit=50')
  await ask('GET', `/v2/notes/${note}`)
  await ask('PATCH', `/v2/notes/${note}`, { data: { title: 'U' } })
  await ask('DELETE', `/v2/notes/${note}`)
  const linked_records = [{ target_object: 'companies', target_record_id: company }]
  const assignees = [
    { referenced_actor_type: 'workspace-member', referenced_actor_id: workspace.members.keys().next().value },
  ]
  const task = { content: 'x', format: 'plaintext', deadline_at: null, is_completed: false, linked_records, assignees }
  const taskId = (await ask('POST', '/v2/tasks', { data: task })).body.data.id.task_id
  await ask('GET', '/v2/tasks')
  await ask('GET', `/v2/tasks/${taskId}`)
  await ask('PATCH', `/v2/tasks/${taskId}`, { data: { is_completed: true } })
  await ask('DELETE', `/v2/tasks/${taskId}`)
  const author = { type: 'workspace-member', id: workspace.members.keys().next().value }
  const said = { format: 'plaintext', content: 'hm', author, record: { object: 'companies', record_id: company } }
  const comment = (await ask('POST', '/v2/comments', { data: said })).body.data
  await ask('GET', `/v2/threads?object=companies&record_id=${company}`)
  await ask('GET', `/v2/threads/${comment.thread_id}`)
  await ask('GET', `/v2/comments/${comment.id.comment_id}`)
  await ask('DELETE', `/v2/comments/${comment.id.comment_id}`)
  const { body: members } = await ask('GET', '/v2/workspace_members')
  await ask('GET', `/v2/workspace_members/${members.data[0].id.workspace_member_id}`)
  const hook = {
    target_url: 'https://example.com/hook',
    subscriptions: [{ event_type: 'record.updated', filter: null }],
  }
  const webhook = (await ask('POST', '/v2/webhooks', { data: hook })).body.data.id.webhook_id
  await ask('GET', '/v2/webhooks')
  await ask('GET', `/v2/webhooks/${webhook}`)
  await ask('PATCH', `/v2/webhooks/${webhook}`, { data: { target_url: 'https://example.com/other' } })
  await ask('DELETE', `/v2/webhooks/${webhook}`)

  /** Every route once more with ids that do not exist: the error answers. */
  const nowhere = '00000000-0000-4000-8000-000000000000'
  for (const route of routes) {
    const path = route.path.replace(/:[a-z_]+/g, nowhere)
    if (path === route.path) continue
    const { status } = await ask(
      route.method,
      path,
      route.method === 'GET' || route.method === 'DELETE' ? undefined : { data: {} },
    )
    assert.ok(status >= 400 && status < 500, `${route.method} ${route.path} answers ${status} for what does not exist`)
  }
  await ask('POST', '/v2/objects/deals/records/query', { filter: { updated_at: 'x' } })
  const missing = routes
    .map((route) => `${route.method} ${templateOf(route)}`)
    .filter((key) => ![...(answered.get(key) ?? [])].some((status) => status < 300))
  assert.deepEqual([...new Set(missing)], [], 'every route has answered well at least once')
})
