/**
 * Which partition a key lives in: murmur2 exactly as Java's default partitioner, so that producers in any language agree
 * and topics keyed by the same id are co-partitioned.
 */
import type { TopicDefinition } from '@attio-stream/contracts'

/** Kafka's murmur2 (org.apache.kafka.common.utils.Utils), as a signed 32-bit integer. */
export function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995
  const length = data.length
  let h = (0x9747b28c ^ length) | 0
  const words = length >> 2
  for (let i = 0; i < words; i++) {
    const at = i << 2
    let k =
      (data[at] as number) |
      ((data[at + 1] as number) << 8) |
      ((data[at + 2] as number) << 16) |
      ((data[at + 3] as number) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const tail = words << 2
  const rest = length & 3
  if (rest === 3) h ^= (data[tail + 2] as number) << 16
  if (rest >= 2) h ^= (data[tail + 1] as number) << 8
  if (rest >= 1) {
    h ^= data[tail] as number
    h = Math.imul(h, m)
  }
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

/** The part of the key that chooses the partition. */
export function partitionKey(topic: Pick<TopicDefinition, 'partitionBy'>, key: string): string {
  if (topic.partitionBy === 'key') return key
  const slash = key.indexOf('/')
  return slash === -1 ? key : key.slice(0, slash)
}

/** The partition of `key` among `count`. */
export function partitionOf(topic: Pick<TopicDefinition, 'partitionBy'>, key: string, count: number): number {
  return count === 1 ? 0 : (murmur2(Buffer.from(partitionKey(topic, key))) & 0x7fffffff) % count
}
