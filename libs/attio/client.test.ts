import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Budget } from './budget.ts'
import { AttioClient, type Call, type ClientOptions } from './client.ts'
import { AttioError, type AttioErrorKind } from './error.ts'
import { type Reply, serve } from './scripted-server.ts'

const TOKEN = 'a-secret-token'
const read: Call = { method: 'GET', route: '/v2/things/{thing}', path: '/v2/things/t1', repeatable: true }
const query: Call = { ...read, method: 'POST', route: '/v2/objects/{object}/records/query', body: { limit: 1 } }
const refusal = (status: number, code: string, message = 'no'): Reply => ({
  status,
  body: { status_code: status, type: 'invalid_request_error', code, message },
})
const limited: Reply = { ...refusal(429, 'rate_limit_exceeded'), headers: { 'retry-after': '0' } }

async function failure(reply: Reply | null, options: Partial<ClientOptions> = {}, call = read): Promise<AttioError> {
  await using server = await serve(() => reply)
  const client = new AttioClient({ token: TOKEN, baseUrl: server.url, retries: 0, patience: 1, ...options })
  const error = await client.call(call).then(
    () => assert.fail('the call passed'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof AttioError, String(error))
  return error
}

const kinds: readonly (readonly [title: string, reply: Reply, kind: AttioErrorKind])[] = [
  ['401', refusal(401, 'unauthorized'), 'unauthorized'],
  ['403', refusal(403, 'unauthorized'), 'forbidden'],
  ['404 of a thing', refusal(404, 'not_found'), 'not-found'],
  ['404 of a record being merged', refusal(404, 'merge_in_progress'), 'merge-in-progress'],
  ['400 of a record being merged', refusal(400, 'merge_in_progress'), 'merge-in-progress'],
  ['404 of an unknown route', refusal(404, 'not_found', 'Could not find endpoint "GET /v2/things".'), 'invalid'],
  ['404 with HTML from a proxy', { status: 404, body: '<html>not here</html>' }, 'unavailable'],
  ['a disabled standard object', refusal(400, 'standard_object_disabled'), 'object-disabled'],
  ['an unknown attribute in a filter', refusal(400, 'filter_error'), 'filter'],
  ['another 400', refusal(400, 'validation_type'), 'invalid'],
  ['429', limited, 'rate-limited'],
  ['500', { status: 500, body: {} }, 'unavailable'],
  ['502 with HTML', { status: 502, body: '<html>' }, 'unavailable'],
  ['200 with HTML', { body: '<html>' }, 'unavailable'],
  ['half an answer', { body: { data: { text: 'x'.repeat(5000) } }, cut: true }, 'unavailable'],
]
for (const [title, reply, kind] of kinds)
  test(`${title} is ${kind}`, async () => {
    assert.equal((await failure(reply)).kind, kind)
  })

test('an answer that does not come within the deadline is unavailable', async () => {
  assert.equal((await failure(null, { timeout: 30 })).kind, 'unavailable')
})

test('an error names the route, never the token, the id or what Attio said', async () => {
  const error = await failure(refusal(400, 'validation_type', 'the name Ann Lee is wrong'))
  const told = `${error.message} ${error.stack}`
  assert.match(told, /GET \/v2\/things\/\{thing\} answered 400 \(validation_type\)/)
  for (const secret of [TOKEN, 'Ann', 't1']) assert.ok(!told.includes(secret), secret)
})

test('a read is tried again after a 500 and after a cut connection', async () => {
  await using server = await serve((_, nth) =>
    nth === 1 ? { status: 500, body: 'oops' } : nth === 2 ? { cut: true } : {},
  )
  const answer = await new AttioClient({ token: TOKEN, baseUrl: server.url }).call(read)
  assert.equal(answer.status, 200)
  assert.equal(server.asked.length, 3)
})

test('a call that must not be repeated is not tried again after a 500, but is after a 429', async () => {
  await using failing = await serve(() => ({ status: 500, body: 'oops' }))
  await assert.rejects(new AttioClient({ token: TOKEN, baseUrl: failing.url }).call({ ...read, repeatable: false }))
  assert.equal(failing.asked.length, 1)
  await using busy = await serve((_, nth) => (nth === 1 ? limited : {}))
  await new AttioClient({ token: TOKEN, baseUrl: busy.url }).call({ ...read, repeatable: false })
  assert.equal(busy.asked.length, 2)
})

test('the fence is when the attempt that was answered was sent, not the first and not the answer', async () => {
  await using server = await serve((_, nth) => (nth === 1 ? { status: 500, body: 'oops' } : {}))
  const began = Date.now()
  const answer = await new AttioClient({ token: TOKEN, baseUrl: server.url }).call(read)
  const second = server.asked[1]
  assert.ok(second)
  assert.ok(Number.isInteger(answer.fence))
  assert.ok(answer.fence > began + 100, 'after the first attempt and its back-off')
  assert.ok(answer.fence <= second.at, 'not after the server saw it')
})

test('every attempt is told to the observer with route, status and time', async () => {
  const calls: string[] = []
  await using server = await serve((_, nth) => (nth === 1 ? { status: 503, body: '' } : {}))
  const observe: ClientOptions['observe'] = ({ route, status, ms }) => calls.push(`${route} ${status} ${ms >= 0}`)
  await new AttioClient({ token: TOKEN, baseUrl: server.url, observe }).call(read)
  assert.deepEqual(calls, ['GET /v2/things/{thing} 503 true', 'GET /v2/things/{thing} 200 true'])
})

test('the token goes as a Bearer, the score of a query comes back', async () => {
  await using server = await serve(() => ({ headers: { 'x-attio-record-query-score': '2.5' } }))
  const answer = await new AttioClient({ token: TOKEN, baseUrl: server.url }).call(query)
  assert.equal(server.asked[0]?.headers.authorization, `Bearer ${TOKEN}`)
  assert.equal(answer.score, 2.5)
})

test('a query refused every time while other calls pass is too expensive; alone it is rate limiting', async () => {
  await using server = await serve((asked) => (asked.method === 'POST' ? limited : {}))
  const alone = new AttioClient({ token: TOKEN, baseUrl: server.url, patience: 2 })
  await assert.rejects(alone.call(query), { kind: 'rate-limited' })
  const gate = Promise.withResolvers<void>()
  const budget: Budget = { take: async () => {}, limited: () => gate.promise, passed: () => {} }
  const busy = new AttioClient({ token: TOKEN, baseUrl: server.url, patience: 2, budget })
  const refused = assert.rejects(busy.call(query), { kind: 'query-too-expensive' })
  await busy.call(read)
  gate.resolve()
  await refused
})

test('a caller that gives up gets its own reason, at once, also between attempts', async () => {
  await using server = await serve(() => ({ status: 500, body: 'oops' }))
  const abort = new AbortController()
  const observe = (): void => abort.abort(new Error('shutting down'))
  const client = new AttioClient({ token: TOKEN, baseUrl: server.url, observe })
  await assert.rejects(client.call(read, { signal: abort.signal }), /shutting down/)
  assert.equal(server.asked.length, 1)
})
