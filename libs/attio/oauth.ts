/**
 * OAuth 2.0 with Attio: authorization code flow, no scopes in the URL (they are set for the app), no refresh token, tokens
 * that live until revoked. Attio docs: OAuth. `state` is made and checked by the caller.
 */
import { z } from 'zod'
import { AttioError, codeOf, kindOf } from './error.ts'
import { type Self, selfSchema } from './payload.ts'

export const ATTIO_APP_URL = 'https://app.attio.com'

export interface OAuthApp {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly baseUrl?: string
}
export interface OAuthCallOptions {
  readonly signal?: AbortSignal
  /** ms; default 15 000. */
  readonly timeout?: number
}

const tokenSchema = z.looseObject({ access_token: z.string().min(1), token_type: z.string() })

/** Where the user is sent. */
export function authorizeUrl(app: OAuthApp, state: string): string {
  const query = new URLSearchParams({
    client_id: app.clientId,
    response_type: 'code',
    redirect_uri: app.redirectUri,
    state,
  })
  return `${base(app)}/authorize?${query}`
}

/** The code of the redirect for an access token. A code works once: not tried again. */
export async function exchangeCode(app: OAuthApp, code: string, options: OAuthCallOptions = {}): Promise<string> {
  const form = new URLSearchParams({
    client_id: app.clientId,
    client_secret: app.clientSecret,
    grant_type: 'authorization_code',
    redirect_uri: app.redirectUri,
    code,
  })
  const json = await send(app, '/oauth/token', { body: form }, options)
  const token = tokenSchema.safeParse(json)
  if (!token.success) throw new AttioError('unavailable', { route: 'POST /oauth/token' })
  return token.data.access_token
}

/** The same facts as GET /v2/self. */
export async function introspect(
  app: Pick<OAuthApp, 'baseUrl'>,
  token: string,
  options: OAuthCallOptions = {},
): Promise<Self> {
  return selfSchema.parse(
    await send(app, '/oauth/introspect', { headers: { authorization: `Bearer ${token}` } }, options),
  )
}

/** Ends a token. One that is ended already is no error. Attio: 50 requests a minute for one address. */
export async function revoke(
  app: Pick<OAuthApp, 'baseUrl'>,
  token: string,
  options: OAuthCallOptions = {},
): Promise<void> {
  try {
    await send(app, '/oauth/revoke', { headers: { authorization: `Bearer ${token}` } }, options)
  } catch (error) {
    if (!(error instanceof AttioError && error.kind === 'unauthorized')) throw error
  }
}

async function send(
  app: Pick<OAuthApp, 'baseUrl'>,
  path: string,
  init: { readonly body?: URLSearchParams; readonly headers?: Record<string, string> },
  { signal, timeout = 15_000 }: OAuthCallOptions,
): Promise<unknown> {
  const route = `POST ${path}`
  const deadline = AbortSignal.timeout(timeout)
  try {
    const response = await fetch(`${base(app)}${path}`, {
      method: 'POST',
      redirect: 'error',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      ...init,
    })
    const text = await response.text()
    const json = text === '' ? {} : parse(text)
    const code = codeOf(json)
    if (!response.ok)
      throw new AttioError(kindOf(response.status, json), {
        route,
        status: response.status,
        ...(code === undefined ? {} : { code }),
      })
    if (json === undefined) throw new AttioError('unavailable', { route, status: response.status })
    return json
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof AttioError ? error : new AttioError('unavailable', { route, cause: error })
  }
}

function base(app: Pick<OAuthApp, 'baseUrl'>): string {
  return (app.baseUrl ?? ATTIO_APP_URL).replace(/\/+$/, '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
