/** Fetch, version 11, read committed: written and read here so that batches keep their headers (record-batch.ts). */
import Encoder from 'kafkajs/src/protocol/encoder.js'
import type { ProtocolRequest } from './kafka-broker.ts'
import type { TopicPartition, TopicPartitionOffset } from './log.ts'

export interface FetchRequest {
  readonly partitions: readonly TopicPartitionOffset[]
  readonly maxBytes: number
  readonly maxBytesPerPartition: number
  readonly maxWaitMs: number
}
export interface FetchedRecords extends TopicPartition {
  readonly errorCode: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[]
  readonly records: Buffer
}

export function fetchRequest(options: FetchRequest): ProtocolRequest<readonly FetchedRecords[]> {
  return {
    request: { apiKey: 1, apiVersion: 11, apiName: 'Fetch', encode: async () => encode(options) },
    response: { decode: async (raw) => decode(raw), parse: async (decoded: never) => decoded },
    requestTimeout: 30_000 + options.maxWaitMs,
  }
}

function encode({ partitions, maxBytes, maxBytesPerPartition, maxWaitMs }: FetchRequest): Encoder {
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  const out = new Encoder(1024).writeInt32(-1).writeInt32(maxWaitMs).writeInt32(1).writeInt32(maxBytes)
  out.writeInt8(1).writeInt32(0).writeInt32(-1).writeInt32(topics.size)
  for (const [topic, some] of topics) {
    out.writeString(topic).writeInt32(some.length)
    for (const { partition, offset } of some) {
      out.writeInt32(partition).writeInt32(-1).writeInt64(offset).writeInt64(-1).writeInt32(maxBytesPerPartition)
    }
  }
  return out.writeInt32(0).writeString('')
}

function decode(raw: Buffer): FetchedRecords[] {
  const fetched: FetchedRecords[] = []
  let at = 0
  const int32 = () => {
    at += 4
    return raw.readInt32BE(at - 4)
  }
  const int64 = () => {
    at += 8
    return raw.readBigInt64BE(at - 8)
  }
  const int16 = () => {
    at += 2
    return raw.readInt16BE(at - 2)
  }
  int32()
  const failure = int16()
  int32()
  for (let topics = int32(); topics > 0; topics--) {
    const length = int16()
    at += length
    const topic = raw.toString('utf8', at - length, at)
    for (let partitions = int32(); partitions > 0; partitions--) {
      const partition = int32()
      const errorCode = int16() || failure
      int64()
      const lastStableOffset = Number(int64())
      const logStartOffset = Number(int64())
      const aborted: { producerId: bigint; firstOffset: number }[] = []
      for (let left = int32(); left > 0; left--) aborted.push({ producerId: int64(), firstOffset: Number(int64()) })
      int32()
      const size = Math.max(0, int32())
      at += size
      const records = raw.subarray(at - size, at)
      fetched.push({ topic, partition, errorCode, lastStableOffset, logStartOffset, aborted, records })
    }
  }
  return fetched
}
