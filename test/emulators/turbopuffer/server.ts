/**
 * turbopuffer's HTTP: authentication, gzip both ways, the size limit, latency, faults, error bodies. What a request means
 * is in endpoints.ts. `/_control/…` switches faults and shows counters; it needs no key.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { ApiError } from './api-error.ts'
import type { Counters } from './counters.ts'
import { answer } from './endpoints.ts'
import type { Fault, Faults } from './faults.ts'
import type { Route } from './routes.ts'
import { routeOf } from './routes.ts'
import type { Store } from './store.ts'

const unzip = promisify(gunzip)
const zip = promisify(gzip)

export interface Latency {
  readonly writeMs?: number
  readonly queryMs?: number
}
export interface Service {
  readonly apiKey: string
  readonly store: Store
  readonly faults: Faults
  readonly counters: Counters
  readonly latency: Latency
  readonly maxRequestBytes: number
  readonly signal: AbortSignal
}

export async function handle(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://emulator')
  try {
    if (url.pathname.startsWith('/_control/')) await control(service, request, response, url.pathname.slice(10))
    else await serve(service, request, response, url)
  } catch (error) {
    if (service.signal.aborted || response.destroyed) return
    await sendError(request, response, error)
  }
}

async function serve(service: Service, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const { counters, faults, store } = service
  if (request.headers.authorization !== `Bearer ${service.apiKey}`) {
    throw new ApiError(401, '💔 the API key in the Authorization header is missing or not valid')
  }
  const route = routeOf(request.method ?? 'GET', url.pathname)
  const bytes = await readBody(request, service.maxRequestBytes)
  counters.request(route.operation, bytes.length, Date.now())
  const fault = faults.meet(route.operation, route.namespace, () => bytes.toString())
  if (fault?.kind === 'drop-before') return void request.socket.destroy()
  try {
    if (fault?.kind === 'slow') await delay(fault.ms, undefined, { signal: service.signal })
    if (fault?.kind === 'status') throw faultError(fault, counters)
    await wait(service, route)
    const reply = answer(route, parse(bytes), url.searchParams, store, counters)
    if (fault?.kind === 'drop-after') return void request.socket.destroy()
    if (fault?.kind === 'status-after') throw faultError(fault, counters)
    counters.status(route.operation, reply.status)
    await send(request, response, reply.status, JSON.stringify(reply.body), {})
  } catch (error) {
    if (error instanceof ApiError) counters.status(route.operation, error.status)
    throw error
  }
}

async function wait({ latency, store, signal }: Service, { operation, namespace }: Route): Promise<void> {
  const forEntry = operation === 'write' ? store.waitForLogEntry(namespace ?? '', Date.now()) : 0
  const ms = forEntry + ((operation === 'write' ? latency.writeMs : operation === 'query' ? latency.queryMs : 0) ?? 0)
  if (ms > 0) await delay(ms, undefined, { signal })
}

function faultError(fault: Extract<Fault, { status: number }>, counters: Counters): ApiError {
  const { retryAfter } = fault
  if (retryAfter !== undefined) {
    counters.retryAfter(typeof retryAfter === 'number' ? Date.now() + retryAfter * 1000 : Date.parse(retryAfter))
  }
  const message = ('error' in fault ? fault.error : undefined) ?? `💔 switched on: status ${fault.status}`
  return new ApiError(
    fault.status,
    message,
    retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } },
  )
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
  }
  if (size > limit) throw tooLarge(limit)
  const bytes = Buffer.concat(chunks)
  if (request.headers['content-encoding'] !== 'gzip') return bytes
  try {
    return await unzip(bytes, { maxOutputLength: limit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new ApiError(400, 'Failed to parse the request body as JSON: not gzip, although content-encoding says so')
  }
}
const tooLarge = (limit: number) => new ApiError(413, `💔 request body is too large, limit is currently ${limit} bytes`)

function parse(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {}
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new ApiError(400, `Failed to parse the request body as JSON: ${(error as Error).message}`)
  }
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ApiError(422, 'Failed to deserialize the JSON body into the target type: expected a map')
  }
  return value as Record<string, unknown>
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const zipped = text.length > 1024 && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = zipped ? await zip(text) : Buffer.from(text)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    ...headers,
  })
  response.end(body)
}

async function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
  const known = error instanceof ApiError ? error : new ApiError(500, `🐡 a fault of this emulator: ${String(error)}`)
  // An unread body would otherwise be taken for the next request.
  request.resume()
  const body = known.plain ? known.message : JSON.stringify({ ...known.fields, error: known.message, status: 'error' })
  const type = known.plain ? { 'content-type': 'text/plain; charset=utf-8' } : {}
  await send(request, response, known.status, body, { ...known.headers, ...type })
}

async function control(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  what: string,
): Promise<void> {
  const { counters, faults } = service
  const method = request.method ?? 'GET'
  const input =
    method === 'POST' ? (JSON.parse((await readBody(request, 1 << 20)).toString()) as Fault | readonly Fault[]) : null
  if (what === 'faults') {
    if (method === 'DELETE') faults.clear()
    for (const fault of input ? [input].flat() : []) faults.add(fault as Fault)
    return send(request, response, 200, JSON.stringify(faults.list()), {})
  }
  if (what === 'counters') {
    if (method === 'DELETE') counters.reset()
    return send(request, response, 200, JSON.stringify(counters.values()), {})
  }
  throw new ApiError(404, 'the emulator is controlled at /_control/faults and /_control/counters')
}
