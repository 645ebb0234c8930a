import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client, type Emulated, emulate } from '../harness.ts'

async function authorise({ attio }: Emulated, change: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id: attio.oauth.clientId,
    response_type: 'code',
    redirect_uri: 'http://127.0.0.1/callback',
    state: 's1',
    ...change,
  })
  const response = await fetch(`${attio.url}/authorize?${query}`, { redirect: 'manual' })
  return { status: response.status, to: new URL(response.headers.get('location') ?? 'http://nowhere') }
}
const exchange = ({ attio }: Emulated, code: string, secret = attio.oauth.clientSecret) =>
  fetch(`${attio.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: attio.oauth.clientId,
      client_secret: secret,
      grant_type: 'authorization_code',
      code,
    }),
  })

test('a code is given with the state, exchanged once, and the token has no expiry and no refresh', async (t) => {
  const given = await emulate(t, { size: 'empty' })
  const { status, to } = await authorise(given)
  assert.deepEqual([status, to.searchParams.get('state')], [302, 's1'])
  const code = to.searchParams.get('code') ?? ''
  assert.equal((await exchange(given, code, 'wrong')).status, 401)
  const answer = (await (await exchange(given, code)).json()) as Record<string, string>
  assert.deepEqual(Object.keys(answer).sort(), ['access_token', 'token_type'])
  assert.equal((await exchange(given, code)).status, 400)
  const self = await client(given.attio.url, answer.access_token ?? '')('GET', '/v2/self')
  assert.deepEqual([self.body.active, self.body.client_id], [true, given.attio.oauth.clientId])
})

test('a redirect that is not configured is refused, a denial comes back as an error', async (t) => {
  const given = await emulate(t, { size: 'empty' })
  assert.equal((await authorise(given, { redirect_uri: 'https://evil.example/' })).status, 400)
  assert.equal((await authorise(given, { deny: '1' })).to.searchParams.get('error'), 'access_denied')
})

test('introspection answers as /v2/self, revocation ends the token', async (t) => {
  const { attio, token } = await emulate(t, { size: 'empty' })
  const authorization = `Bearer ${token}`
  const introspect = async () =>
    (await (await fetch(`${attio.url}/oauth/introspect`, { method: 'POST', headers: { authorization } })).json()) as {
      active: boolean
    }
  assert.equal((await introspect()).active, true)
  const revoke = (init: RequestInit) => fetch(`${attio.url}/oauth/revoke`, { method: 'POST', ...init })
  assert.equal((await revoke({})).status, 400)
  assert.equal(
    (await revoke({ headers: { authorization }, body: new URLSearchParams({ token: 'other' }) })).status,
    400,
  )
  assert.equal((await revoke({ body: new URLSearchParams({ token }) })).status, 204)
  assert.deepEqual(await introspect(), { active: false })
})
