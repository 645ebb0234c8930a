/** OAuth 2.0 as Attio speaks it: authorisation code, no refresh token, no expiry, introspection and revocation. */
import type { Hono } from 'hono'
import { ApiError, invalid } from '../errors.ts'
import { wireSelf } from '../wire/things.ts'
import { hexFrom } from '../world/random.ts'
import { type ApiParts, guarded, type Http, sentToken } from './api.ts'

export interface OAuthApp {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  readonly scopes: readonly string[]
}

interface Grant {
  readonly workspace: string
  readonly client: string
  readonly at: number
}
const CODE_LIFE_MS = 600_000

/** `apps` may grow while the emulator runs. An authorisation is granted at once: by query, `workspace` and `deny`. */
export function mountOAuth(app: Hono<Http>, parts: ApiParts, apps: readonly OAuthApp[]): void {
  const { world } = parts
  const grants = new Map<string, Grant>()
  const appOf = (id: unknown) => apps.find((each) => each.clientId === id)

  app.get('/authorize', (c) =>
    guarded(parts, c, 'GET /authorize', async () => {
      const known = appOf(c.req.query('client_id'))
      const redirect = c.req.query('redirect_uri') ?? ''
      if (!known) throw invalid('Unknown client_id.')
      if (!known.redirectUris.includes(redirect)) throw invalid('"redirect_uri" is not one of the configured ones.')
      if (c.req.query('response_type') !== 'code') throw invalid('"response_type" must be "code".')
      const target = new URL(redirect)
      const state = c.req.query('state')
      if (state !== undefined) target.searchParams.set('state', state)
      if (c.req.query('deny') !== undefined) target.searchParams.set('error', 'access_denied')
      else {
        const code = hexFrom(parts.random, 40)
        const workspace = world.workspace(c.req.query('workspace'))
        grants.set(code, { workspace: workspace.id, client: known.clientId, at: world.now() })
        target.searchParams.set('code', code)
      }
      return c.redirect(target.href, 302)
    }),
  )

  app.post('/oauth/token', (c) =>
    guarded(parts, c, 'POST /oauth/token', async () => {
      const form = await c.req.parseBody()
      const known = appOf(form.client_id)
      if (!known || known.clientSecret !== form.client_secret)
        throw new ApiError(401, 'unauthorized', 'Unknown client or wrong client secret.')
      if (form.grant_type !== 'authorization_code') throw invalid('"grant_type" must be "authorization_code".')
      const code = String(form.code ?? '')
      const grant = grants.get(code)
      grants.delete(code)
      if (!grant || grant.client !== known.clientId || world.now() - grant.at > CODE_LIFE_MS)
        throw invalid('The authorization code is unknown, used or expired.')
      const workspace = world.workspace(grant.workspace)
      const admin = workspace.members.keys().next().value ?? ''
      const token = world.addToken(workspace, admin, known.scopes, undefined, known.clientId)
      return c.json({ access_token: token.token, token_type: 'Bearer' })
    }),
  )

  app.post('/oauth/introspect', (c) =>
    guarded(parts, c, 'POST /oauth/introspect', async () => {
      const token = world.tokens.get(sentToken(c) ?? '')
      if (!token || token.revoked) return c.json({ active: false })
      return c.json(wireSelf(world.workspace(token.workspace), token))
    }),
  )

  app.post('/oauth/revoke', (c) =>
    guarded(parts, c, 'POST /oauth/revoke', async () => {
      const header = sentToken(c)
      const field = (await c.req.parseBody()).token
      const sent = header ?? (typeof field === 'string' ? field : undefined)
      if (sent === undefined) throw invalid('No token was given.')
      if (header !== undefined && typeof field === 'string' && field !== header)
        throw invalid('The token in the Authorization header and the one in the body differ.')
      const token = world.tokens.get(sent)
      if (token) token.revoked = true
      return c.body(null, 204)
    }),
  )
}
