/**
 * How large a message of a topic may be. The broker refuses more for good (max.message.bytes, counted over the batch the
 * message comes in), so whoever writes asks first: what does not fit is buried, not tried again for ever.
 */
import { TOPIC_NAMES, TOPICS, type TopicName } from '@attio-stream/contracts'

/** What Kafka allows where a topic says nothing (message.max.bytes). */
const DEFAULT = 1_048_588
const LIMITS = new Map(
  TOPIC_NAMES.map((topic) => [topic, Number(TOPICS[topic].config['max.message.bytes'] ?? DEFAULT)]),
)

/** Bytes of a whole message: key, value and headers as they travel. */
export const messageLimit = (topic: TopicName): number => LIMITS.get(topic) ?? DEFAULT

/** What the batch, its only message and the headers take besides key and value; all headers of ours are small. */
const SPARE = 4096

/** Will the brokers take it? `value`: its bytes, or how many there are. */
export function fits(
  topic: TopicName,
  { key, value }: { readonly key: string; readonly value: { readonly length: number } | null },
): boolean {
  return (value?.length ?? 0) + key.length * 3 + SPARE <= messageLimit(topic)
}
