/**
 * Produces values outside transactions, for what reads no topic or commits by itself: encodes, chooses the partition, waits
 * until the brokers have them. What a stage writes goes through run.ts instead.
 */
import { TOPICS, type TopicName } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import type { Log, OutgoingMessage } from './log.ts'
import { partitionOf } from './partition.ts'
import type { Output } from './stage.ts'

export interface Publisher {
  /** Resolves when all in-sync replicas have them. @throws LogUnavailable, after `timeoutMs` at the latest. */
  publish(outputs: readonly Output[], options?: { readonly timeoutMs?: number }): Promise<void>
}

export function publisher(log: Log, codec: Codec): Publisher {
  const counts = new Map<TopicName, number>()
  const message = ({ topic, key, value, headers }: Output): OutgoingMessage => ({
    topic,
    partition: partitionOf(TOPICS[topic], key, counts.get(topic) ?? 1),
    key,
    value: value === null ? null : codec.encode(topic, value),
    ...(headers === undefined ? {} : { headers }),
  })
  return {
    async publish(outputs, options) {
      for (const { topic } of outputs) if (!counts.has(topic)) counts.set(topic, await log.partitions(topic))
      if (outputs.length > 0) await log.produce(outputs.map(message), options)
    },
  }
}
