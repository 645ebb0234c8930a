/** For tests: a receiver on a memory log, with one connected workspace, and deliveries signed for it. */
import { sign } from '@attio-stream/attio'
import { type MemoryLog, memoryCodec, memoryLog, publisher } from '@attio-stream/stream'
import { Coalescer } from './coalescer.ts'
import { type Receive, type ReceiverEvents, receiver } from './receiver.ts'
import { type KnownConnection, Senders } from './senders.ts'

export const SECRET = 'ab'.repeat(32)
export const CONNECTION: KnownConnection = {
  key: 'connection-key-1',
  workspaceId: 'w1',
  status: 'active',
  webhook: { id: 'h1', secret: SECRET, createdAt: new Date(0) },
}
export const TOPICS = { 'attio.notices': 4, 'attio.changes': 4, 'crm.dead-letters': 1 }

export function updated(record: string, workspace = 'w1') {
  const id = { workspace_id: workspace, object_id: 'o', record_id: record, attribute_id: 'a' }
  return { event_type: 'record.updated', id, actor: { type: 'workspace-member', id: 'm' } }
}
export function body(...events: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify({ webhook_id: 'h1', events }))
}
export function headersFor(bytes: Buffer, secret = SECRET): Record<string, string> {
  return { 'attio-signature': sign(secret, bytes), 'idempotency-key': 'k1' }
}

export interface Fixture {
  readonly log: MemoryLog
  readonly receive: Receive
  /** What is in the database; the memory of connections has only what `cached` says. */
  readonly database: Map<string, KnownConnection>
  readonly cached: Map<string, KnownConnection>
  /** Delivers bytes with the headers given. */
  deliver(bytes: Buffer, options?: { readonly key?: string; readonly signature?: string | null }): Promise<number>
  /** Keys and values of a topic. */
  written(
    topic: 'attio.notices' | 'crm.dead-letters',
  ): Promise<readonly { readonly key: string; readonly value: Record<string, unknown> }[]>
}

export function fixture(
  events: ReceiverEvents = {},
  options: { readonly log?: MemoryLog; readonly timeoutMs?: number } = {},
): Fixture {
  const log = options.log ?? memoryLog({ topics: TOPICS })
  const codec = memoryCodec()
  const database = new Map([[CONNECTION.key, CONNECTION]])
  const cached = new Map(database)
  const senders = new Senders({ cached: (key) => cached.get(key), lookUp: async (key) => database.get(key) })
  const coalescer = new Coalescer(publisher(log, codec), { lingerMs: 1, timeoutMs: options.timeoutMs ?? 1000 })
  const receive = receiver(senders, coalescer, events)
  return {
    log,
    receive,
    database,
    cached,
    deliver: (bytes, { key = CONNECTION.key, signature = sign(SECRET, bytes) } = {}) =>
      receive(key, { signatures: [signature, null], key: 'k1', receivedAt: 7 }, async () => bytes),
    async written(topic) {
      const found: { key: string; value: Record<string, unknown> }[] = []
      const from = new Map(Array.from({ length: await log.partitions(topic) }, (_, partition) => [partition, 0]))
      const onMessages = (_: number, messages: readonly { key: string; value: Buffer | null }[]): void => {
        for (const { key, value } of messages)
          if (value !== null) found.push({ key, value: { ...codec.decode(topic, value) } })
      }
      await log.read({ topic, from, until: 'end', onMessages }).done
      return found
    },
  }
}
