/**
 * Sends record batches to the partitions' leaders, one request per broker, and says per partition what became of it.
 * Used by the idempotent producer and by transactions; sequence numbers are the caller's.
 */
import Encoder from 'kafkajs/src/protocol/encoder.js'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import type { KafkaBroker, ProtocolRequest } from './kafka-broker.ts'
import { type KafkaCluster, request } from './kafka-client.ts'
import type { OutgoingMessage, TopicPartition } from './log.ts'
import { recordSize } from './record-batch.ts'

export interface Batch extends TopicPartition {
  readonly messages: readonly OutgoingMessage[]
}

/** A batch larger than this is split; a topic's max.message.bytes (default 1 MiB) counts whole batches. */
const BATCH_BYTES = 900_000

/** Messages by partition in order, in batches the broker takes. At most one batch per partition in each round. */
export function rounds(messages: readonly OutgoingMessage[]): Batch[][] {
  const open = new Map<string, { batch: OutgoingMessage[]; bytes: number; round: number }>()
  const result: (TopicPartition & { messages: OutgoingMessage[] })[][] = []
  for (const message of messages) {
    const name = `${message.topic}/${message.partition}`
    const size = recordSize(message)
    const current = open.get(name)
    if (current !== undefined && current.bytes + size <= BATCH_BYTES) {
      current.batch.push(message)
      current.bytes += size
      continue
    }
    const round = current === undefined ? 0 : current.round + 1
    const batch = [message]
    open.set(name, { batch, bytes: size, round })
    result[round] ??= []
    result[round].push({ topic: message.topic, partition: message.partition, messages: batch })
  }
  return result
}

export interface EncodedBatch extends TopicPartition {
  readonly bytes: Buffer
}
/** Where the first message of the batch is, or why it is not written. */
export type Outcome = number | Error

/** Errors are per partition; a broker that could not be asked fails all its partitions. */
export async function send(
  cluster: KafkaCluster,
  batches: readonly EncodedBatch[],
  transactionalId: string | null,
): Promise<Map<EncodedBatch, Outcome>> {
  const outcomes = new Map<EncodedBatch, Outcome>()
  const byLeader = new Map<number, EncodedBatch[]>()
  for (const batch of batches) {
    const found = cluster.findTopicPartitionMetadata(batch.topic).find((p) => p.partitionId === batch.partition)
    if (found === undefined) outcomes.set(batch, protocolErrors.createErrorFromCode(3))
    else byLeader.set(found.leader, [...(byLeader.get(found.leader) ?? []), batch])
  }
  await Promise.all(
    [...byLeader].map(async ([nodeId, some]) => {
      try {
        const broker = await cluster.findBroker({ nodeId })
        const codes = await produce(broker, some, transactionalId)
        for (const batch of some) {
          const { code, base } = codes.get(`${batch.topic}/${batch.partition}`) ?? { code: -1, base: -1 }
          outcomes.set(batch, code === 0 ? base : protocolErrors.createErrorFromCode(code))
        }
      } catch (error) {
        for (const batch of some) outcomes.set(batch, error as Error)
      }
    }),
  )
  return outcomes
}

interface Answer {
  readonly code: number
  readonly base: number
}

/** Produce, version 7. Answers by `topic/partition`. */
function produce(
  broker: KafkaBroker,
  batches: readonly EncodedBatch[],
  transactionalId: string | null,
): Promise<Map<string, Answer>> {
  const topics = Map.groupBy(batches, ({ topic }) => topic)
  const size = batches.reduce((sum, { bytes }) => sum + bytes.length + 64, 256)
  const encode = async () => {
    const out = new Encoder(size).writeString(transactionalId).writeInt16(-1).writeInt32(30_000).writeInt32(topics.size)
    for (const [topic, some] of topics) {
      out.writeString(topic).writeInt32(some.length)
      for (const { partition, bytes } of some) {
        out.writeInt32(partition).writeInt32(bytes.length)
        out.writeBufferInternal(bytes)
      }
    }
    return out
  }
  const protocol: ProtocolRequest<Map<string, Answer>> = {
    request: { apiKey: 0, apiVersion: 7, apiName: 'Produce', encode },
    response: { decode: async (raw) => decodeCodes(raw), parse: async (decoded: never) => decoded },
    requestTimeout: 40_000,
  }
  return request(broker, protocol)
}

function decodeCodes(raw: Buffer): Map<string, Answer> {
  const codes = new Map<string, Answer>()
  let at = 0
  const int32 = () => {
    at += 4
    return raw.readInt32BE(at - 4)
  }
  for (let topics = int32(); topics > 0; topics--) {
    const length = raw.readInt16BE(at)
    const topic = raw.toString('utf8', at + 2, at + 2 + length)
    at += 2 + length
    for (let partitions = int32(); partitions > 0; partitions--) {
      const partition = int32()
      codes.set(`${topic}/${partition}`, { code: raw.readInt16BE(at), base: Number(raw.readBigInt64BE(at + 2)) })
      at += 2 + 8 + 8 + 8
    }
  }
  return codes
}
