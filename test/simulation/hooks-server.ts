/** Where Attio delivers: one of the webhook processes that run, as node:http would hand the delivery over. */
import { Machine } from './machine.ts'
import type { Ask, Reply, Server } from './network.ts'
import type { System } from './system.ts'

export const HOOKS_HOST = 'hooks.test'

export function hooksServer(system: System): Server {
  const answer = async ({ url, headers, body = '' }: Ask): Promise<Reply> => {
    const process = system.processes.find(({ machine }) => machine === Machine.current)
    const receive = process?.running.receive
    if (receive === undefined) throw new TypeError('Nothing listens here.')
    const key = new URL(url).pathname.split('/').at(-1) ?? ''
    const head = {
      signatures: [headers.get('attio-signature'), headers.get('x-attio-signature')],
      key: headers.get('idempotency-key'),
      receivedAt: Date.now(),
    }
    const status = await receive(key, head, async () => Buffer.from(body))
    return { status, headers: new Headers(), body: Buffer.alloc(0), cut: false }
  }
  let turn = 0
  return {
    machine() {
      const all = system.of('webhook')
      return all[turn++ % Math.max(1, all.length)]?.machine
    },
    answer,
  }
}
