/**
 * Kafka's record batch (format 2): writing one, and reading the batches of a fetched partition into committed messages.
 * The next offset comes from the batch headers, so control records, aborted data and compacted tails are stepped over.
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { crc32c } from './crc32c.ts'
import type { OutgoingMessage, StoredMessage } from './log.ts'

const OVERHEAD = 61
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const OWN_ENTRY = { enumerable: true, configurable: true, writable: true }

export interface ProducerState {
  readonly producerId: string
  readonly producerEpoch: number
  readonly transactional: boolean
}

type Content = Pick<OutgoingMessage, 'key' | 'value' | 'headers'>

/** Upper bound of what a message takes in a batch, bytes. */
export function recordSize(message: Content): number {
  let size = 40 + message.key.length * 3 + (message.value?.length ?? 0)
  for (const name in message.headers) size += 20 + name.length * 3 + (message.headers[name] as string).length * 3
  return size
}

export function encodeBatch(
  messages: readonly Content[],
  { producer, sequence, timestamp }: { producer: ProducerState; sequence: number; timestamp: number },
): Buffer {
  let bound = OVERHEAD
  for (const message of messages) bound += recordSize(message)
  const out = Buffer.allocUnsafe(bound)
  let at = OVERHEAD
  for (let i = 0; i < messages.length; i++) at = encodeRecord(out, at, messages[i] as Content, i)
  out.writeBigInt64BE(0n, 0)
  out.writeInt32BE(at - 12, 8)
  out.writeInt32BE(-1, 12)
  out.writeInt8(2, 16)
  out.writeInt16BE(producer.transactional ? TRANSACTIONAL : 0, 21)
  out.writeInt32BE(messages.length - 1, 23)
  out.writeBigInt64BE(BigInt(timestamp), 27)
  out.writeBigInt64BE(BigInt(timestamp), 35)
  out.writeBigInt64BE(BigInt(producer.producerId), 43)
  out.writeInt16BE(producer.producerEpoch, 51)
  out.writeInt32BE(sequence, 53)
  out.writeInt32BE(messages.length, 57)
  out.writeUInt32BE(crc32c(out, 21, at), 17)
  return out.subarray(0, at)
}

function encodeRecord(out: Buffer, start: number, message: Content, delta: number): number {
  // The length comes first and is not known yet: leave room for 5 bytes, write it, close the gap.
  let at = start + 5
  out[at++] = 0
  out[at++] = 0
  at = varint(out, at, delta)
  at = text(out, at, message.key)
  if (message.value === null) at = varint(out, at, -1)
  else {
    at = varint(out, at, message.value.length)
    out.set(message.value, at)
    at += message.value.length
  }
  const names = message.headers === undefined ? [] : Object.keys(message.headers)
  at = varint(out, at, names.length)
  for (const name of names) {
    at = text(out, at, name)
    at = text(out, at, message.headers?.[name] ?? '')
  }
  const length = at - start - 5
  const body = varint(out, start, length)
  if (body !== start + 5) out.copyWithin(body, start + 5, at)
  return body + length
}

function text(out: Buffer, at: number, value: string): number {
  const length = Buffer.byteLength(value)
  const body = varint(out, at, length)
  out.write(value, body, 'utf8')
  return body + length
}

function varint(out: Buffer, start: number, value: number): number {
  let at = start
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest > 0x7f) {
    out[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out[at++] = rest
  return at
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  /** Messages before it are left out. */
  readonly from: number
  readonly records: Buffer
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[]
}

/** Committed messages from `from`, and the offset to go on from (`from` when no whole batch was there). */
export function decodeBatches(fetched: FetchedPartition): {
  readonly messages: StoredMessage[]
  readonly next: number
} {
  const { topic, partition, records, from } = fetched
  const aborted = [...fetched.aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const dead = new Set<bigint>()
  const messages: StoredMessage[] = []
  let next = from
  for (let at = 0; at + OVERHEAD <= records.length; ) {
    const base = Number(records.readBigInt64BE(at))
    const end = at + 12 + records.readInt32BE(at + 8)
    if (end > records.length) break
    const magic = records[at + 16]
    if (magic !== 2)
      throw new Error(`Record format ${magic} is not supported (topic ${topic}): it is older than Kafka 0.11.`)
    const attributes = records.readInt16BE(at + 21)
    const last = base + records.readInt32BE(at + 23)
    const producerId = records.readBigInt64BE(at + 43)
    while (aborted[0] !== undefined && aborted[0].firstOffset <= last) {
      dead.add((aborted.shift() as { producerId: bigint }).producerId)
    }
    if (attributes & CONTROL) dead.delete(producerId)
    else if (!(attributes & TRANSACTIONAL && dead.has(producerId))) {
      const body = inflate(records.subarray(at + OVERHEAD, end), attributes & 7, topic)
      const first = Number(records.readBigInt64BE(at + 27))
      const appendTime = attributes & 8 ? Number(records.readBigInt64BE(at + 35)) : undefined
      const count = records.readInt32BE(at + 57)
      decodeRecords(body, count, { topic, partition, base, first, from, appendTime }, messages)
    }
    next = Math.max(next, last + 1)
    at = end
  }
  return { messages, next }
}

function inflate(body: Buffer, codec: number, topic: string): Buffer {
  if (codec === 0) return body
  if (codec === 1) return gunzipSync(body)
  if (codec === 4) return zstdDecompressSync(body)
  throw new Error(`Topic ${topic} has messages compressed with codec ${codec}; only gzip and zstd are read.`)
}

interface BatchContext {
  readonly topic: string
  readonly partition: number
  readonly base: number
  readonly first: number
  readonly from: number
  readonly appendTime: number | undefined
}

function decodeRecords(body: Buffer, count: number, batch: BatchContext, into: StoredMessage[]): void {
  const { topic, partition, base, first, from, appendTime } = batch
  let at = 0
  /** Zigzag varint of up to 53 bits. */
  const number = (): number => {
    let result = 0
    let scale = 1
    for (;;) {
      const byte = body[at++] as number
      result += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 128
    }
    return result % 2 === 0 ? result / 2 : -(result + 1) / 2
  }
  const string = (): string => {
    const length = number()
    if (length <= 0) return ''
    at += length
    return body.toString('utf8', at - length, at)
  }
  for (let i = 0; i < count; i++) {
    const length = number()
    const end = at + length
    at++
    const timestamp = appendTime ?? first + number()
    if (appendTime !== undefined) number()
    const offset = base + number()
    if (offset >= from) {
      const key = string()
      const size = number()
      const value = size < 0 ? null : body.subarray(at, at + size)
      if (size > 0) at += size
      const headers: Record<string, string> = {}
      for (let left = number(); left > 0; left--) {
        const name = string()
        const content = string()
        // Assigning `__proto__` would set a prototype, not an entry.
        if (name === '__proto__') Object.defineProperty(headers, name, { ...OWN_ENTRY, value: content })
        else headers[name] = content
      }
      into.push({ topic, partition, offset, key, value, headers, timestamp })
    }
    at = end
  }
}
