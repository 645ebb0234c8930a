/**
 * Webhook ingress: signed deliveries over kept-alive connections to apps/webhook, each answered only after the broker
 * acknowledged its notice. Closed loop: every connection sends its next delivery when the last is answered. The load comes
 * from this process, on the same two cores.
 */
import { createHmac, createSecretKey, randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { Connections, keyring, openControl } from '@attio-stream/service'
import { benchSystem } from './bench-system.ts'
import type { Figure } from './figure.ts'
import { milliseconds, spread } from './percentiles.ts'

const CONNECTIONS = 96

export async function ingressBench(say: (line: string) => void, forSeconds = 10): Promise<readonly Figure[]> {
  const bench = await benchSystem({ say, size: 'small', processes: [['webhook']] })
  try {
    const { env } = bench.system
    const control = await openControl({ databaseUrl: String(env.DATABASE_URL) })
    const key = createSecretKey(Buffer.from(String(env.ENCRYPTION_KEY), 'base64'))
    const { connections } = await new Connections(control, keyring(key)).list()
    await control.close()
    const [connection] = connections
    if (!connection?.webhook) throw new Error('the workspace has no webhook')
    const target = { port: Number(env.WEBHOOK_PORT), path: `/webhooks/attio/${connection.key}` }
    const request = (): Buffer => delivery(target, connection.workspaceId, connection.webhook?.secret ?? '')
    await load(target.port, request, 2_000)
    const { latencies, ms, refused } = await load(target.port, request, forSeconds * 1_000)
    const rate = latencies.length / (ms / 1000)
    const { p50, p99 } = spread(latencies)
    return [
      {
        what: `deliveries a second, ${CONNECTIONS} connections`,
        measured: rate.toFixed(0),
        goal: '≥ 5000',
        met: rate >= 5000,
      },
      { what: 'answered after, p50', measured: milliseconds(p50), goal: '' },
      { what: 'answered after, p99', measured: milliseconds(p99), goal: '< 50 ms', met: p99 < 50 },
      { what: 'refused', measured: String(refused), goal: '0', met: refused === 0 },
    ]
  } finally {
    await bench.stop()
  }
}

function delivery(target: { port: number; path: string }, workspace: string, secret: string): Buffer {
  const id = { workspace_id: workspace, object_id: randomUUID(), record_id: randomUUID(), attribute_id: randomUUID() }
  const event = { event_type: 'record.updated', id, actor: { type: 'workspace-member', id: randomUUID() } }
  const body = JSON.stringify({ webhook_id: randomUUID(), events: [event] })
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const head = [
    `POST ${target.path} HTTP/1.1`,
    `Host: 127.0.0.1:${target.port}`,
    'Content-Type: application/json',
    `Attio-Signature: ${signature}`,
    `Idempotency-Key: ${randomUUID()}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Written on bare sockets: an HTTP client would use more of the two cores than the server does. */
async function load(port: number, request: () => Buffer, forMs: number) {
  const latencies: number[] = []
  let refused = 0
  const began = performance.now()
  const one = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let sent = 0
      let text = ''
      const next = (): void => {
        if (performance.now() - began >= forMs) {
          socket.end()
          resolve()
        } else {
          sent = performance.now()
          socket.write(request())
        }
      }
      socket.on('data', (part) => {
        text += part.toString('latin1')
        if (!text.includes('\r\n\r\n')) return
        latencies.push(performance.now() - sent)
        if (!text.startsWith('HTTP/1.1 200')) refused++
        text = ''
        next()
      })
      socket.once('error', reject)
      socket.once('connect', next)
    })
  await Promise.all(Array.from({ length: CONNECTIONS }, () => one(connect(port, '127.0.0.1').setNoDelay(true))))
  return { latencies, refused, ms: performance.now() - began }
}
