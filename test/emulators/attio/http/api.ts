/**
 * The way of every REST call: faults, token, budget, scopes, then the route; and the headers of the answer.
 * Routes know nothing of HTTP beyond a status; this file knows nothing of what they do.
 */
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, Hono } from 'hono'
import type { WitnessedAnswer } from '../contract/check.ts'
import { ApiError, badBody, forbidden, missingValue, notFound, rateLimited, unauthorized } from '../errors.ts'
import { routes } from '../routes/index.ts'
import { WireCache } from '../wire/items.ts'
import { wireSelf } from '../wire/things.ts'
import type { Token } from '../world/model.ts'
import type { Ordered, View } from '../world/ordered.ts'
import { type Random, uuidFrom } from '../world/random.ts'
import { httpDate, instant } from '../world/time.ts'
import type { World } from '../world/world.ts'
import type { Answer, Call, Route } from './call.ts'
import { templateOf } from './call.ts'
import type { Counters } from './counters.ts'
import { type Faults, strike } from './faults.ts'
import type { Limits } from './limits.ts'

export type Http = { Bindings: HttpBindings }
type C = Context<Http>

export interface ApiParts {
  readonly world: World
  readonly faults: Faults
  readonly limits: Limits
  readonly counters: Counters
  readonly random: Random
  readonly witness?: (answer: WitnessedAnswer) => void
}

const HTML =
  '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center></body></html>'

export function mountApi(app: Hono<Http>, parts: ApiParts): void {
  const cache = new WireCache()
  app.get('/v2/self', (c) => guarded(parts, c, 'GET /v2/self', () => self(parts, c)))
  for (const route of routes) {
    const template = `${route.method} ${templateOf(route)}`
    app.on(route.method, route.path, (c) => guarded(parts, c, template, () => call(parts, cache, route, c)))
  }
  app.all('/v2/*', (c) => {
    const error = () => Promise.reject(notFound(`Could not find endpoint "${c.req.method} ${c.req.path}".`))
    return guarded(parts, c, 'unknown', error)
  })
}

/** Faults around a handler, and its errors as Attio's bodies. */
export async function guarded(
  parts: ApiParts,
  c: C,
  template: string,
  run: () => Promise<Response | Pieces>,
): Promise<Response> {
  const { counters, faults, world } = parts
  world.advance()
  counters.call(template)
  const { latencyMs, fault } = strike(faults, `${c.req.method} ${c.req.path}`, parts.random)
  const { outgoing } = c.env
  if (latencyMs > 0) await pause(latencyMs, outgoing)
  if (fault) counters.fault(fault.kind)
  if (fault?.kind === 'drop') {
    outgoing.socket?.destroy()
    return RESPONSE_ALREADY_SENT
  }
  if (fault?.kind === 'hang') {
    await pause(fault.ms ?? 120_000, outgoing)
    outgoing.socket?.destroy()
    return RESPONSE_ALREADY_SENT
  }
  if (fault?.kind === 'html') {
    counters.answered(fault.status ?? 502)
    return new Response(HTML, {
      status: fault.status ?? 502,
      headers: { 'content-type': 'text/html', ...common(parts) },
    })
  }
  let result: Response | Pieces
  try {
    if (fault?.kind === 'rate429') throw new Limited(tokenOf(parts, c)?.id ?? 'unknown', nextSecond(world.now()))
    result = await run()
  } catch (error) {
    result = refusal(parts, error)
  }
  counters.answered(result.status)
  if (!(result instanceof Response) && !parts.witness && fault?.kind !== 'truncate') return send(result, outgoing)
  const response = result instanceof Response ? result : joined(result)
  if (parts.witness) parts.witness({ template, status: response.status, body: await response.clone().text() })
  if (fault?.kind !== 'truncate') return response
  const bytes = new Uint8Array(await response.arrayBuffer())
  outgoing.writeHead(response.status, {
    ...Object.fromEntries(response.headers),
    'content-length': String(bytes.length),
  })
  outgoing.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => outgoing.socket?.destroy())
  return RESPONSE_ALREADY_SENT
}

/** A large answer as pieces of memory that are written as they lie. */
interface Pieces {
  readonly status: number
  readonly headers: Record<string, string>
  readonly pieces: readonly Uint8Array[]
}

function send({ status, headers, pieces }: Pieces, outgoing: HttpBindings['outgoing']): Response {
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0)
  outgoing.writeHead(status, { ...headers, 'content-length': String(length) })
  outgoing.cork()
  for (const piece of pieces) outgoing.write(piece)
  outgoing.end()
  outgoing.uncork()
  return RESPONSE_ALREADY_SENT
}

const joined = ({ status, headers, pieces }: Pieces): Response =>
  new Response(Buffer.concat(pieces), { status, headers })

/** Waits, but no longer than the client does. */
function pause(ms: number, outgoing: HttpBindings['outgoing']): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.on('close', done)
  })
}

class Limited extends Error {
  readonly tokenId: string
  readonly until: number
  constructor(tokenId: string, until: number) {
    super('limited')
    this.tokenId = tokenId
    this.until = until
  }
}
const nextSecond = (now: number) => (Math.floor(now / 1000) + 1) * 1000

function common(parts: ApiParts): Record<string, string> {
  return {
    date: httpDate(parts.world.now()),
    'x-attio-execution-id': uuidFrom(parts.random),
    'access-control-expose-headers': 'x-attio-execution-id, x-attio-record-query-score',
    via: '1.1 google',
    server: 'cloudflare',
  }
}

const jsonHeaders = (parts: ApiParts) => ({ 'content-type': 'application/json; charset=utf-8', ...common(parts) })

function json(parts: ApiParts, status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { ...jsonHeaders(parts), ...headers } })
}

function refusal(parts: ApiParts, error: unknown): Response {
  if (error instanceof Limited) {
    parts.counters.told(error.tokenId, error.until)
    return json(parts, 429, JSON.stringify(rateLimited().body()), { 'retry-after': httpDate(error.until) })
  }
  if (error instanceof ApiError) return json(parts, error.status, JSON.stringify(error.body()))
  throw error
}

/** The token as sent, in either form of authorisation; undefined when there is none. */
export function sentToken(c: C): string | undefined {
  const header = c.req.header('authorization')
  const [scheme = '', rest = ''] = header?.split(' ') ?? []
  if (/^bearer$/i.test(scheme)) return rest
  if (/^basic$/i.test(scheme)) return Buffer.from(rest, 'base64').toString('utf8').split(':')[0]
  return undefined
}

export function tokenOf(parts: ApiParts, c: C): Token | undefined {
  const token = parts.world.tokens.get(sentToken(c) ?? '')
  return token?.revoked ? undefined : token
}

async function self(parts: ApiParts, c: C): Promise<Response> {
  const sent = sentToken(c)
  if (sent === undefined || sent.length !== 64)
    throw missingValue('The access token was not recognised. Make sure to send it in the Authorization header.')
  const token = tokenOf(parts, c)
  if (!token) return json(parts, 200, '{"active":false}')
  parts.counters.arrived(token.id, parts.world.now())
  return json(parts, 200, JSON.stringify(wireSelf(parts.world.workspace(token.workspace), token)))
}

function authorise(parts: ApiParts, route: Route, c: C): Token {
  const sent = sentToken(c)
  if (sent === undefined) throw unauthorized('No access token was sent in the Authorization header.')
  if (sent.length !== 64) throw unauthorized('Invalid access token. API keys should be 64 characters long.')
  const token = tokenOf(parts, c)
  if (!token) throw unauthorized('The access token is unknown or has been revoked.')
  const now = parts.world.now()
  parts.counters.arrived(token.id, now)
  const wait = parts.limits.take(token.workspace, route.budgets, now)
  if (wait !== undefined) throw new Limited(token.id, wait)
  const lacking = route.scopes.filter(
    (scope) => !token.scopes.includes(scope) && !token.scopes.includes(`${scope}-write`),
  )
  if (lacking.length > 0) throw forbidden(`The access token lacks the required scopes: ${lacking.join(', ')}.`)
  return token
}

async function call(parts: ApiParts, cache: WireCache, route: Route, c: C): Promise<Response | Pieces> {
  const { world, faults, limits } = parts
  const token = authorise(parts, route, c)
  const workspace = world.workspace(token.workspace)
  const max = route.lag === 'query' ? faults.queryLagMs : route.lag === 'get' ? faults.getLagMs : 0
  const accurate = world.now() - (max > 0 ? Math.floor(parts.random() * max) : 0)
  const given: Call = {
    scene: { world, workspace },
    token,
    by: { type: 'api-token', id: token.id },
    params: c.req.param() as Record<string, string>,
    query: new URL(c.req.url).searchParams,
    body: route.method === 'GET' || route.method === 'DELETE' ? undefined : await bodyOf(c),
    cache,
    see: <T extends { readonly id: string; readonly createdAt: number }>(things: Ordered<T>): View<T> =>
      max > 0 ? things.asOf(accurate) : things,
  }
  const answer: Answer = route.budgets.includes('write') ? world.batch(() => route.run(given)) : route.run(given)
  const headers: Record<string, string> = {}
  if (answer.score !== undefined) {
    const wait = limits.score(workspace.id, answer.score, world.now())
    if (wait !== undefined) throw new Limited(token.id, wait)
    headers['x-attio-record-query-score'] = String(Math.round(answer.score * 100) / 100)
  }
  if (faults.accurateAt && route.budgets.includes('read') && !route.path.startsWith('/v2/webhooks'))
    headers['x-accurate-at'] = instant(accurate)
  const status = answer.status ?? 200
  if (answer.pieces) return { status, headers: { ...jsonHeaders(parts), ...headers }, pieces: answer.pieces }
  return json(parts, status, JSON.stringify(answer.json), headers)
}

async function bodyOf(c: C): Promise<unknown> {
  try {
    return await c.req.json()
  } catch {
    throw badBody([{ code: 'invalid_json', path: [], message: 'The request body is not JSON.' }])
  }
}
