/**
 * The HTTP side, on node:http alone: the path is hot (25 deliveries/s for every workspace there is) and the size must be
 * known while bytes arrive, before anything is computed over them. What a delivery means is receiver.ts.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MAX_BODY, type Receive, type Status } from './receiver.ts'

export interface WebhookServer {
  readonly port: number
  /** Takes no more deliveries; resolves when those in hand are answered. */
  close(): Promise<void>
}

export interface ServerOptions {
  readonly port: number
  readonly host: string
  readonly receive: Receive
  /** Status and seconds of every answer; 405 and 500 included. */
  readonly answered: (status: number, seconds: number) => void
  /** A bug: answered 500, so that Attio delivers again. */
  readonly failed: (error: unknown) => void
}

const PATH = /^\/webhooks\/attio\/([^/?]+)\/?(?:\?.*)?$/
/** Bytes of bodies held at once; beyond it Attio is asked to come again. */
const MAX_HELD = 64 * MAX_BODY

/** @throws when the port is taken. */
export async function serveWebhooks(options: ServerOptions): Promise<WebhookServer> {
  const held = { bytes: 0 }
  const server = createServer(
    { keepAliveTimeout: 30_000, requestTimeout: 10_000, headersTimeout: 10_000 },
    (request, response) => {
      const began = performance.now()
      answer(request, held, options.receive)
        .catch((error: unknown) => {
          if (request.destroyed && !request.complete) return 499
          options.failed(error)
          return 500
        })
        .then((status) => {
          reply(request, response, { status, last: !server.listening })
          options.answered(status, (performance.now() - began) / 1000)
        })
        .catch(options.failed)
    },
  )
  await listen(server, options)
  const { port } = server.address() as AddressInfo
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await closed
    },
  }
}

async function answer(request: IncomingMessage, held: { bytes: number }, receive: Receive): Promise<Status | 405> {
  const key = PATH.exec(request.url ?? '')?.[1]
  if (key === undefined) return 404
  if (request.method !== 'POST') return 405
  if (held.bytes > MAX_HELD) return 503
  const { headers } = request
  const head = {
    signatures: [one(headers['attio-signature']), one(headers['x-attio-signature'])],
    key: one(headers['idempotency-key']),
    receivedAt: Date.now(),
  }
  let bytes = 0
  const onBytes = (count: number): void => {
    bytes += count
    held.bytes += count
  }
  try {
    return await receive(key, head, () => read(request, onBytes))
  } finally {
    held.bytes -= bytes
  }
}

/** The body, or null as soon as it is known to be larger than MAX_BODY. */
async function read(request: IncomingMessage, onBytes: (count: number) => void): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return null
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>()
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    onBytes(chunk.length)
    if (size > MAX_BODY) {
      request.removeAllListeners('data')
      request.pause()
      resolve(null)
    } else chunks.push(chunk)
  })
  request.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
  request.on('error', reject)
  request.on('aborted', () => reject(new Error('The sender hung up.')))
  return promise
}

/**
 * No bodies: a stranger learns nothing but the status. An unread rest is not waited for. `last`: nothing more is taken on this
 * connection; a sender that keeps it open would hold up the end of the process.
 */
function reply(
  request: IncomingMessage,
  response: ServerResponse,
  { status, last }: { readonly status: number; readonly last: boolean },
): void {
  const headers: Record<string, string> = { 'content-length': '0' }
  if (status === 503) headers['retry-after'] = '5'
  if (status === 405) headers.allow = 'POST'
  if (last || !request.complete) headers.connection = 'close'
  response.writeHead(status, headers).end()
  if (!request.complete) request.resume()
}

function listen(server: Server, { port, host }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      const message = taken
        ? `Port ${port} is taken: set WEBHOOK_PORT to another.`
        : `Cannot listen on ${host}:${port}; look at WEBHOOK_HOST.`
      reject(new Error(message, { cause }))
    })
    server.listen({ port, host, backlog: 1024 }, resolve)
  })
}

function one(header: string | string[] | undefined): string | null {
  return typeof header === 'string' ? header : (header?.[0] ?? null)
}
