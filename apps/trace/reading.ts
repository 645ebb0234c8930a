/**
 * Messages of single keys, read from the partitions those keys live in and nothing else. Nothing is decoded that was not asked
 * for. `until`: only what was written by then.
 */
import { TOPICS, type TopicName, type TopicValues } from '@attio-stream/contracts'
import { type Codec, type Log, Poison, partitionOf, type StoredMessage } from '@attio-stream/stream'

export interface Found<T extends TopicName> extends StoredMessage {
  /** null: a tombstone. undefined: nobody can read it. */
  readonly read: TopicValues[T] | null | undefined
}

export interface Reading {
  readonly log: Log
  readonly codec: Codec
  readonly signal?: AbortSignal
  /** ms */
  readonly until?: number
}

export interface Wanted<T extends TopicName> {
  readonly topic: T
  /** Keys whose partitions are read. */
  readonly keys: Iterable<string>
  /** Which messages of those partitions. Default: of these keys. */
  readonly isWanted?: (message: StoredMessage) => boolean
}

export interface Part<T extends TopicName> {
  /** In the order they were written, partition by partition. */
  readonly messages: readonly Found<T>[]
  /** When the oldest message still kept in these partitions was written, ms; null when they are empty. */
  readonly keptSince: number | null
}

export async function messagesOf<T extends TopicName>(
  { log, codec, signal, until = Number.POSITIVE_INFINITY }: Reading,
  { topic, keys, isWanted }: Wanted<T>,
): Promise<Part<T>> {
  const wanted = new Set(keys)
  const is = isWanted ?? (({ key }) => wanted.has(key))
  const count = await log.partitions(topic)
  const beginnings = await log.beginnings(topic)
  const partitions = new Set([...wanted].map((key) => partitionOf(TOPICS[topic], key, count)))
  const from = new Map([...partitions].map((partition) => [partition, beginnings[partition] ?? 0]))
  const found: Found<T>[] = []
  let keptSince: number | null = null
  if (from.size === 0) return { messages: found, keptSince }
  const seen = new Set<number>()
  await log.read({
    topic,
    from,
    until: 'end',
    ...(signal === undefined ? {} : { signal }),
    onMessages: async (partition, messages) => {
      const [first] = messages
      if (first !== undefined && !seen.has(partition))
        keptSince = Math.min(keptSince ?? first.timestamp, first.timestamp)
      seen.add(partition)
      const mine = messages.filter((message) => message.timestamp <= until && is(message))
      await codec.prepare(
        topic,
        mine.map(({ value }) => value),
      )
      for (const message of mine) found.push({ ...message, read: decode(codec, topic, message.value) })
    },
  }).done
  signal?.throwIfAborted()
  return { messages: found.sort((a, b) => a.partition - b.partition || a.offset - b.offset), keptSince }
}

function decode<T extends TopicName>(codec: Codec, topic: T, value: Buffer | null): TopicValues[T] | null | undefined {
  if (value === null) return null
  try {
    return codec.decode(topic, value)
  } catch (error) {
    if (error instanceof Poison) return undefined
    throw error
  }
}
