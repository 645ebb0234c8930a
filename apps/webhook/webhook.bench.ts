/**
 * Ingress, signed, verified and acknowledged: `node apps/webhook/webhook.bench.ts [host:port of Kafka]`; without a broker the
 * log is in memory. The receiver runs here, the senders in a process of their own. Goal: 5,000 deliveries/s, p99 < 50 ms.
 */
import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { kafkaLog, memoryCodec, memoryLog, publisher } from '@attio-stream/stream'
import { Coalescer } from './coalescer.ts'
import { body, CONNECTION, headersFor, TOPICS, updated } from './fixture.ts'
import { receiver } from './receiver.ts'
import { Senders } from './senders.ts'
import { serveWebhooks } from './server.ts'

const SECONDS = 8
const CONNECTIONS = 96
const PER_SECOND = Number(process.env.RATE ?? 0)

async function receive(broker: string | undefined): Promise<void> {
  const log = broker === undefined ? memoryLog({ topics: TOPICS }) : kafkaLog({ brokers: [broker] })
  const sizes: number[] = []
  const coalescer = new Coalescer(publisher(log, memoryCodec()), {
    lingerMs: 2,
    timeoutMs: 4000,
    onBatch: (size) => sizes.push(size),
  })
  const senders = new Senders({
    cached: (key) => (key === CONNECTION.key ? CONNECTION : undefined),
    lookUp: async () => undefined,
  })
  const statuses = new Map<number, number>()
  const server = await serveWebhooks({
    port: 0,
    host: '127.0.0.1',
    receive: receiver(senders, coalescer),
    answered: (status) => statuses.set(status, (statuses.get(status) ?? 0) + 1),
    failed: console.error,
  })
  const cpu = process.cpuUsage()
  const child = spawn(process.execPath, [import.meta.filename, 'send', String(server.port)], { stdio: 'inherit' })
  await new Promise((resolve) => child.once('exit', resolve))
  const used = process.cpuUsage(cpu)
  console.log(
    `statuses ${JSON.stringify([...statuses])}, ${(sizes.reduce((a, b) => a + b, 0) / sizes.length).toFixed(1)} messages a batch`,
  )
  console.log(`receiver used ${Math.round((used.user + used.system) / 10_000 / (SECONDS + 1))} % of a core`)
  await server.close()
  await coalescer.close()
  await log.close()
}

async function send(port: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const bodies = Array.from({ length: 1000 }, (_, n) => body(updated(`r${n}`))).map((bytes) => ({
    bytes,
    headers: headersFor(bytes),
  }))
  const times: number[] = []
  const one = (n: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const { bytes, headers } = bodies[n % bodies.length] ?? { bytes: Buffer.alloc(0), headers: {} }
      const began = performance.now()
      const options = { port, host: '127.0.0.1', method: 'POST', path: `/webhooks/attio/${CONNECTION.key}`, agent }
      const asked = request({ ...options, headers: { ...headers, 'content-length': bytes.length } }, (answer) => {
        answer.resume()
        answer.once('end', () => {
          times.push(performance.now() - began)
          resolve()
        })
      })
      asked.once('error', reject)
      asked.end(bytes)
    })
  let sent = 0
  const began = performance.now()
  const until = began + SECONDS * 1000
  const due = (): number =>
    PER_SECOND === 0 ? Number.POSITIVE_INFINITY : ((performance.now() - began) / 1000) * PER_SECOND
  const worker = async (): Promise<void> => {
    while (performance.now() < until)
      if (sent < due()) await one(sent++)
      else await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  const seconds = (performance.now() - began) / 1000
  times.splice(0, Math.floor(times.length / 10))
  times.sort((a, b) => a - b)
  const at = (part: number): string => (times[Math.floor(times.length * part)] ?? 0).toFixed(1)
  console.log(`${Math.round(sent / seconds)} deliveries/s; ms p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(0.9999)}`)
  agent.destroy()
}

const [what, port] = process.argv.slice(2)
if (what === 'send') await send(Number(port))
else await receive(what)
