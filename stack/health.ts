/**
 * Is a server answering? One question per kind, asked the way its clients ask. Each throws a sentence when it is not;
 * waiting and repeating is until.ts. Works for ours and for external ones.
 */
import { createConnection } from 'node:net'
import pg from 'pg'
import type { ServerName } from './server.ts'

const patienceMs = 3_000

export const health: Readonly<Record<ServerName, (address: string) => Promise<void>>> = {
  kafka: kafkaAnswers,
  registry: async (url) => {
    await get(`${url.replace(/\/$/, '')}/subjects`)
  },
  opensearch: async (url) => {
    const answer = await get(`${url.replace(/\/$/, '')}/_cluster/health?wait_for_status=yellow&timeout=1s`)
    const { status } = (await answer.json()) as { status?: unknown }
    if (status !== 'green' && status !== 'yellow') throw new Error(`the cluster's status is ${String(status)}`)
  },
  postgres: async (url) => {
    await query(url, 'select 1')
  },
}

/** One statement on a connection of its own. */
export async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: patienceMs })
  client.on('error', () => {}) // a server that ends under us is what the caller is about to learn from the query
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function get(address: string): Promise<Response> {
  const url = new URL(address)
  const { username, password } = url
  url.username = ''
  url.password = ''
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const answer = await fetch(url, {
    headers: username === '' ? {} : { authorization: `Basic ${basic}` },
    signal: AbortSignal.timeout(patienceMs),
  }).catch((error: Error & { cause?: Error }) => {
    throw new Error(error.cause?.message ?? error.message)
  })
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new Error(`it answered ${answer.status}`)
  }
  return answer
}

/** Asks for metadata (version 1, no topics) and wants at least one broker in the answer: a fenced broker is not in it. */
async function kafkaAnswers(brokers: string): Promise<void> {
  const failures: string[] = []
  for (const broker of brokers.split(',').map((text) => text.trim())) {
    try {
      if ((await brokerCount(broker)) > 0) return
      failures.push(`${broker}: no broker has joined yet`)
    } catch (error) {
      failures.push(`${broker}: ${(error as Error).message}`)
    }
  }
  throw new Error(failures.join('; '))
}

function brokerCount(broker: string): Promise<number> {
  const colon = broker.lastIndexOf(':')
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const socket = createConnection({ host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) })
  const parts: Buffer[] = []
  socket.setTimeout(patienceMs, () => socket.destroy(new Error('no answer')))
  socket.on('connect', () => socket.write(metadataRequest()))
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('it closed the connection')))
  socket.on('data', (part) => {
    parts.push(part as Buffer)
    const answer = Buffer.concat(parts)
    if (answer.length < 12) return // size, correlation id, number of brokers
    resolve(answer.readInt32BE(8))
    socket.destroy()
  })
  return promise
}

function metadataRequest(): Buffer {
  const client = Buffer.from('stack')
  const body = Buffer.alloc(10 + client.length + 4)
  body.writeInt16BE(3, 0) // Metadata
  body.writeInt16BE(1, 2) // version 1
  body.writeInt32BE(1, 4) // correlation id
  body.writeInt16BE(client.length, 8)
  client.copy(body, 10)
  body.writeInt32BE(0, 10 + client.length) // an empty list of topics: none
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}
