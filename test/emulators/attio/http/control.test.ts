import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emulate } from '../harness.ts'

async function given(t: Parameters<typeof emulate>[0]) {
  const { attio, ask } = await emulate(t)
  const control = async (path: string, body?: unknown) => {
    const response = await fetch(
      `${attio.url}/_control/${path}`,
      body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
    )
    // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
    return { status: response.status, body: (await response.json()) as any }
  }
  return { attio, ask, control }
}

test('another process edits by name as a person, and reads the truth', async (t) => {
  const { control, ask } = await given(t)
  const made = await control('edit', { edit: 'createRecord', object: 'companies', values: { name: 'Over the wire' } })
  assert.equal(made.status, 200)
  const { body } = await ask('GET', `/v2/objects/companies/records/${made.body.id}`)
  assert.equal(body.data.values.name[0].created_by_actor.type, 'workspace-member')
  assert.deepEqual((await control(`truth?kind=one&id=${made.body.id}`)).body.data, body.data)
  const ids = (await control('truth?kind=ids')).body.data
  assert.ok(ids.records.companies.includes(made.body.id))
  const page = (await control('truth?kind=records&in=companies&limit=2&offset=1')).body.data
  assert.equal(page.length, 2)
  for (const kind of ['notes', 'tasks', 'comments', 'members', 'objects', 'lists', 'webhooks'])
    assert.ok(Array.isArray((await control(`truth?kind=${kind}`)).body.data), kind)
  assert.ok((await control('truth?kind=entries&in=newsletter')).body.data.length > 0)
  assert.equal((await control('truth?kind=nonsense')).status, 400)
})

test('an unknown edit lists the known ones, a refused edit answers as Attio does', async (t) => {
  const { control } = await given(t)
  assert.match((await control('edit', { edit: 'nonsense' })).body.error, /renameRecord/)
  const refused = await control('edit', {
    edit: 'renameOption',
    in: 'deals',
    attribute: 'stage',
    option: 'None',
    title: 'x',
  })
  assert.deepEqual([refused.status, refused.body.code], [404, 'not_found'])
})

test('state tells tokens, counts and counters; counters can be reset; faults can be switched', async (t) => {
  const { control, ask, attio } = await given(t)
  await ask('GET', '/v2/objects')
  const { body } = await control('state')
  assert.equal(body.workspaces[0].tokens[0].token, attio.workspaces[0]?.token)
  assert.equal(body.counters.calls['GET /v2/objects'], 1)
  assert.equal(body.counters.status[200], 1)
  await control('reset-counters', {})
  assert.equal((await control('state')).body.counters.requests, 0)
  assert.equal((await control('faults', { queryLagMs: 7, world: { mergeSemantics: '2025' } })).body.queryLagMs, 7)
  assert.equal(attio.faults.world.mergeSemantics, '2025')
  assert.equal((await control('faults', { nonsense: 1 })).status, 400)
  assert.deepEqual((await control('deliveries')).body, { pending: 0, deliveries: [] })
})
