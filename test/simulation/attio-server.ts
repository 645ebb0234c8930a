/** The emulated Attio as a server of the simulated network: its answers byte for byte, its broken lines as broken lines. */
import type { AttioApp } from '../emulators/attio/index.ts'
import type { Machine } from './machine.ts'
import { type Ask, Outgoing, type Reply, type Server } from './network.ts'

export const ATTIO_HOST = 'attio.test'

export interface AttioServerOptions {
  readonly attio: AttioApp
  readonly machine: Machine
  /** Objects nobody can see now, by id: Attio answers as if they did not exist. */
  readonly hidden: ReadonlySet<string>
  /** Told of every answer: what was asked, and how old its snapshot was, ms. */
  readonly onAnswer: (path: string, status: number, age: number) => void
}

export function attioServer({ attio, machine, hidden, onAnswer }: AttioServerOptions): Server {
  const answer = async (ask: Ask): Promise<Reply> => {
    const object = /\/v2\/objects\/([^/]+)/.exec(ask.url)?.[1]
    if (object !== undefined && hidden.has(object)) return unseen(attio)
    const outgoing = new Outgoing()
    ask.line.on('close', () => outgoing.emit('close'))
    const { method, headers, body = null } = ask
    const request = new Request(ask.url, { method, headers, ...(method === 'GET' ? {} : { body }) })
    const response = await attio.app.fetch(request, { incoming: {}, outgoing } as never)
    if (outgoing.status === undefined && outgoing.destroyed)
      return { status: 0, headers: new Headers(), body: null, cut: true }
    const told = outgoing.status === undefined
    const reply: Reply = told
      ? { status: response.status, headers: response.headers, body: Buffer.from(await response.text()), cut: false }
      : {
          status: outgoing.status as number,
          headers: new Headers(outgoing.headers),
          body: Buffer.concat(outgoing.pieces),
          cut: outgoing.destroyed,
        }
    const accurate = reply.headers.get('x-accurate-at')
    const age = accurate === null ? 0 : attio.world.now() - Date.parse(accurate)
    onAnswer(new URL(ask.url).pathname, reply.status, age)
    return reply
  }
  return { machine: () => machine, answer }
}

function unseen({ world }: AttioApp): Reply {
  const message = 'Could not find it.'
  const body = { status_code: 404, type: 'invalid_request_error', code: 'not_found', message }
  const headers = new Headers({ 'content-type': 'application/json', date: new Date(world.now()).toUTCString() })
  return { status: 404, headers, body: Buffer.from(JSON.stringify(body)), cut: false }
}
