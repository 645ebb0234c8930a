/**
 * The network of a simulation: `fetch` that finds servers by host in this process. Requests and answers take time by chance, a
 * server that is down refuses, one that is frozen does not answer, and an answer may break off.
 */
import { EventEmitter } from 'node:events'
import type { Machine } from './machine.ts'
import { Machine as Machines } from './machine.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface Ask {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: string | undefined
  /** Emits `close` when the client has gone. */
  readonly line: EventEmitter
}
export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** null: the line broke before anything came. */
  readonly body: Buffer | null
  /** The body broke off. */
  readonly cut: boolean
}
export interface Server {
  /** Where it runs; undefined: nothing listens there now. */
  machine(): Machine | undefined
  answer(ask: Ask): Promise<Reply>
}

export interface NetworkOptions {
  readonly time: VirtualTime
  readonly servers: ReadonlyMap<string, Server>
  /** Most ms of one way. */
  readonly slowest: number
  /** Chance that an answer takes up to LONG_MS. */
  readonly slow: number
  /** The same of pages of a list alone. */
  readonly slowPages: number
}

/** Less than clients wait. */
const LONG_MS = 20_000

export function networkOf({ time, servers, slowest, slow, slowPages }: NetworkOptions): typeof fetch {
  return (async (input: string, init: RequestInit = {}) => {
    const url = String(input)
    const client = Machines.current
    const { host, pathname } = new URL(url)
    const label = `${client?.name ?? ''} ${init.method ?? 'GET'} ${pathname}`
    client?.step()
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const line = new EventEmitter()
    const { signal } = init
    const aborted = (): void => {
      reject(signal?.reason)
      line.emit('close')
    }
    if (signal?.aborted) throw signal.reason
    signal?.addEventListener('abort', aborted, { once: true })
    const travel = (most: number, work: () => void): void => {
      time.after(time.between(1, most), label, work)
    }
    const chance = Math.max(slow, pathname.endsWith('/query') ? slowPages : 0)
    const arrive = (work: () => void): void =>
      travel(chance > 0 && time.random() < chance ? LONG_MS : slowest, () => {
        signal?.removeEventListener('abort', aborted)
        if (client === undefined) work()
        else client.reach(work)
      })
    const failed = (): void => arrive(() => reject(new TypeError('fetch failed')))
    const server = servers.get(host)
    travel(slowest, () => {
      const machine = server?.machine()
      if (server === undefined || machine === undefined || machine.dead) return failed()
      const ask: Ask = {
        url,
        method: init.method ?? 'GET',
        headers: new Headers(init.headers),
        body: typeof init.body === 'string' ? init.body : undefined,
        line,
      }
      machine.reach(() => {
        server.answer(ask).then((reply) => {
          if (machine.dead) return
          if (reply.body === null) failed()
          else arrive(() => resolve(answerOf(reply, reply.body as Buffer)))
        }, reject)
      })
    })
    return promise
  }) as typeof fetch
}

/** As much of a Response as anybody here looks at. */
function answerOf({ status, headers, cut }: Reply, body: Buffer): unknown {
  const read = async (): Promise<Buffer> => {
    if (cut) throw new TypeError('terminated')
    return body
  }
  return {
    status,
    ok: status >= 200 && status < 300,
    headers,
    text: async () => (await read()).toString(),
    json: async () => JSON.parse((await read()).toString()),
    arrayBuffer: read,
  }
}

/** A node response as far as the emulated Attio writes to it by itself. */
export class Outgoing extends EventEmitter {
  status: number | undefined
  headers: Record<string, string> = {}
  readonly pieces: Uint8Array[] = []
  ended = false
  destroyed = false
  readonly socket = {
    destroy: (): void => {
      this.destroyed = true
      this.emit('settled')
    },
  }
  writeHead(status: number, headers: Record<string, string>): void {
    this.status = status
    this.headers = headers
  }
  write(piece: Uint8Array, done?: () => void): void {
    this.pieces.push(piece)
    done?.()
  }
  cork(): void {}
  uncork(): void {}
  end(): void {
    this.ended = true
  }
}
