import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AttioClient } from './client.ts'
import { authorizeUrl, exchangeCode, revoke } from './oauth.ts'
import { readAttributes, readRecord, readRecordsById, readSelf, withAttributes } from './reads.ts'
import { missingScopes } from './scopes.ts'
import { type Reply, serve } from './scripted-server.ts'
import { walkRecords } from './walk.ts'
import { createWebhook, deleteWebhook } from './webhooks.ts'

const client = (baseUrl: string): AttioClient => new AttioClient({ token: 't', baseUrl, retries: 0 })
const missing: Reply = { status: 404, body: { status_code: 404, code: 'not_found', message: 'no' } }

test('a record read keeps the text Attio sent, odd spacing and large numbers included', async () => {
  const raw =
    '{ "id":{"workspace_id":"w","object_id":"o","record_id":"r"}, "created_at":"c", "values":{"n":[{"value":12345678901234567890}]} }'
  await using server = await serve(() => ({ body: `{"data": ${raw} }` }))
  const { data } = await readRecord(client(server.url), 'o', 'r')
  assert.deepEqual(data, { id: 'r', createdAt: 'c', raw })
  assert.equal(server.asked[0]?.url, '/v2/objects/o/records/r')
})

test('an answer without data is half an answer', async () => {
  await using server = await serve(() => ({ body: { pagination: {} } }))
  await assert.rejects(readRecord(client(server.url), 'o', 'r'), { kind: 'unavailable' })
})

test('an element without identity is set aside with its text; its neighbours are read', async () => {
  const good = { id: { record_id: 'r' }, created_at: 'c', values: { created_at: [{ value: 'attribute time' }] } }
  await using server = await serve(() => ({ body: { data: [{ id: 'odd' }, good] } }))
  const { data } = await readRecordsById(client(server.url), 'o', ['r', 'x'])
  assert.deepEqual(data.rows, [{ id: 'r', createdAt: 'attribute time', raw: JSON.stringify(good) }])
  assert.equal(data.rejected[0]?.raw, '{"id":"odd"}')
  assert.deepEqual(JSON.parse(server.asked[0]?.body ?? ''), {
    filter: { record_id: { $in: ['r', 'x'] } },
    limit: 100,
    offset: 0,
  })
})

test('a walk asks sorted by created_at, 500 a page, and windows by time', async () => {
  const at = (n: number): string => `2026-01-01T00:00:00.${String(n).padStart(9, '0')}Z`
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({
      id: { record_id: `r${from + n}` },
      created_at: at(from + n),
      values: {},
    }))
  await using server = await serve((_, nth) => ({ body: { data: nth === 1 ? rows(0, 500) : rows(499, 3) } }))
  const pages = await Array.fromAsync(walkRecords(client(server.url), 'people'))
  assert.deepEqual(
    pages.map((page) => page.rows.length),
    [500, 2],
  )
  const sorts = ['created_at', 'record_id'].map((attribute) => ({ direction: 'asc', attribute }))
  assert.deepEqual(
    server.asked.map(({ body }) => JSON.parse(body)),
    [
      { sorts, limit: 500, offset: 0 },
      { filter: { created_at: { $gte: at(499) } }, sorts, limit: 500, offset: 0 },
    ],
  )
})

test('attributes end even when the server ignores limit and offset', async () => {
  const data = Array.from({ length: 200 }, (_, n) => ({ id: { attribute_id: `a${n}` } }))
  await using server = await serve(() => ({ body: { data } }))
  assert.equal((await readAttributes(client(server.url), 'objects', 'o')).data.rows.length, 200)
  assert.equal(server.asked.length, 2)
})

test('an object goes with its attributes, both as sent', () => {
  const row = (id: string, raw: string) => ({ id, createdAt: '', raw })
  assert.equal(
    withAttributes('object', row('o', '{"x": 1}'), [row('a', '{}'), row('b', '{ }')]),
    '{"object":{"x": 1},"attributes":[{},{ }]}',
  )
})

test('a revoked token is not active; a malformed one is unauthorized', async () => {
  await using revoked = await serve(() => ({ body: { active: false } }))
  assert.deepEqual(await readSelf(client(revoked.url)), { active: false })
  await using malformed = await serve(() => ({ status: 400, body: { code: 'missing_value', message: 'no token' } }))
  await assert.rejects(readSelf(client(malformed.url)), { kind: 'unauthorized' })
})

test('missing scopes are named; read-write includes read', () => {
  const granted =
    'object_configuration:read record_permission:read-write list_configuration:read list_entry:read note:read webhook:read'
  assert.deepEqual(missingScopes(granted), ['task:read', 'user_management:read', 'webhook:read-write'])
})

test('a webhook is created with a filter key in every subscription, and gives its secret once', async () => {
  const webhook = {
    id: { workspace_id: 'w', webhook_id: 'h' },
    target_url: 'https://x',
    subscriptions: [],
    status: 'active',
  }
  await using server = await serve(() => ({ body: { data: { ...webhook, secret: 's3' } } }))
  const created = await createWebhook(client(server.url), 'https://x')
  assert.equal(created.secret, 's3')
  const sent = JSON.parse(server.asked[0]?.body ?? '') as { data: { subscriptions: object[] } }
  for (const subscription of sent.data.subscriptions) assert.ok('filter' in subscription)
})

test('deleting a webhook that is gone is no error', async () => {
  await using server = await serve(() => missing)
  await deleteWebhook(client(server.url), 'h')
})

test('OAuth: the user is sent without scopes, the code is exchanged as a form, a dead token may be revoked again', async () => {
  await using server = await serve((asked) => {
    if (asked.url === '/oauth/token') return { body: { access_token: 'tok', token_type: 'Bearer' } }
    return { status: 401, body: { code: 'unauthorized' } }
  })
  const app = { clientId: 'c', clientSecret: 's', redirectUri: 'https://us/back', baseUrl: server.url }
  assert.equal(
    authorizeUrl(app, 'st'),
    `${server.url}/authorize?client_id=c&response_type=code&redirect_uri=https%3A%2F%2Fus%2Fback&state=st`,
  )
  assert.equal(await exchangeCode(app, 'code1'), 'tok')
  assert.equal(new URLSearchParams(server.asked[0]?.body).get('grant_type'), 'authorization_code')
  await revoke(app, 'tok')
})
