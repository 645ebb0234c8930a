/**
 * Produces values outside transactions, for what reads no topic or commits by itself: encodes, chooses the partition, waits
 * until the brokers have them. What no message can hold becomes a dead letter instead of being refused for ever. What a stage
 * writes goes through run.ts instead.
 */
import { TOPICS, type TopicName } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import { DEAD_LETTERS, deadLetter } from './dead-letter.ts'
import type { Log, OutgoingMessage } from './log.ts'
import { fits, messageLimit } from './message-limit.ts'
import { partitionOf } from './partition.ts'
import type { Output } from './stage.ts'

export interface Publisher {
  /** Resolves when all in-sync replicas have them. @throws LogUnavailable, after `timeoutMs` at the latest. */
  publish(outputs: readonly Output[], options?: { readonly timeoutMs?: number }): Promise<void>
}

/** `stage`: who writes, for dead letters. */
export function publisher(log: Log, codec: Codec, { stage = 'source' }: { readonly stage?: string } = {}): Publisher {
  const counts = new Map<TopicName, number>()
  const know = async (topic: TopicName): Promise<void> => {
    if (!counts.has(topic)) counts.set(topic, await log.partitions(topic))
  }
  const message = ({ topic, key, value, headers }: Output): OutgoingMessage & { readonly topic: TopicName } => ({
    topic,
    partition: partitionOf(TOPICS[topic], key, counts.get(topic) ?? 1),
    key,
    value: value === null ? null : codec.encode(topic, value),
    ...(headers === undefined ? {} : { headers }),
  })
  const letter = ({ topic, partition, key, value, headers = {} }: ReturnType<typeof message>): OutgoingMessage =>
    message(
      deadLetter({
        stage,
        reason: `What ${topic} would say of ${key.slice(0, 100)} takes ${value?.length} bytes, and a message at most ${messageLimit(topic)}: what is known of it stays as it was.`,
        fault: 'too-large',
        buried: { topic, partition, offset: null, key, value, headers },
        now: Date.now(),
      }),
    )
  return {
    async publish(outputs, options) {
      for (const { topic } of outputs) await know(topic)
      const messages = outputs.map(message)
      const tooLarge = messages.filter((one) => !fits(one.topic, one))
      if (tooLarge.length > 0) await know(DEAD_LETTERS)
      const written = tooLarge.length === 0 ? messages : messages.filter((one) => !tooLarge.includes(one))
      if (messages.length > 0) await log.produce([...written, ...tooLarge.map(letter)], options)
    },
  }
}
