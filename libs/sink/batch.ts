/**
 * What goes to the store in one call: the waiting messages of several lanes within the limits, and of those the newest of
 * each document. Documents are formatted only here, so memory holds the formatted form of one batch per free hand.
 */
import type { Codec, Fault, StoredMessage } from '@attio-stream/stream'
import { bytesOf, type Lane } from './lane.ts'
import { type Format, project } from './projection.ts'
import type { Write } from './sink.ts'

export interface BatchLimits {
  /** Messages in one store call. */
  readonly documents: number
  /** Bytes of artifacts in one store call; one larger message goes alone. */
  readonly bytes: number
  /** How long a message may wait for company, ms. */
  readonly lingerMs: number
  /** Store calls at the same time at most, fewer while the store asks for less; a partition is in one of them at most. */
  readonly concurrency: number
  /** Bytes waiting in memory above which no more is read. */
  readonly queueBytes: number
}
export const LIMITS: BatchLimits = {
  documents: 1000,
  bytes: 8 * 1024 * 1024,
  lingerMs: 25,
  concurrency: 2,
  queueBytes: 32 * 1024 * 1024,
}

export interface Part {
  readonly lane: Lane
  readonly messages: readonly StoredMessage[]
}
export type Batch = readonly Part[]

export interface Rejection {
  readonly message: StoredMessage
  readonly reason: string
  readonly fault: Fault
}
export interface Contents {
  readonly writes: readonly Write[]
  readonly rejections: readonly Rejection[]
}

/** The next batch, or in how many ms it is worth asking again; undefined when nothing waits. */
export function takeBatch(lanes: readonly Lane[], limits: BatchLimits, now: number): Batch | number | undefined {
  const ready = lanes.filter((lane) => lane.ready)
  if (ready.length === 0) return undefined
  const count = ready.reduce((sum, lane) => sum + lane.waiting, 0)
  const bytes = ready.reduce((sum, lane) => sum + lane.bytes, 0)
  const age = now - Math.min(...ready.map((lane) => lane.waitingSince))
  if (count < limits.documents && bytes < limits.bytes && age < limits.lingerMs) return limits.lingerMs - age

  ready.sort((a, b) => a.waitingSince - b.waitingSince)
  const parts: Part[] = []
  let documents = limits.documents
  let room = limits.bytes
  for (const lane of ready) {
    if (parts.length > 0 && (documents <= 0 || room <= 0)) break
    const messages = lane.take(documents, room)
    lane.waitingSince = now
    parts.push({ lane, messages })
    documents -= messages.length
    room -= messages.reduce((sum, message) => sum + bytesOf(message), 0)
  }
  return parts
}

/**
 * The newest write of each document. When the newest message of a document cannot become one, it is rejected and the
 * newest that can stands for it; older ones are superseded and not looked at.
 */
export function contentsOf(batch: Batch, codec: Pick<Codec, 'decode'>, format: Format): Contents {
  const writes = new Map<string, Write>()
  const rejections: Rejection[] = []
  for (const { messages } of batch) {
    for (const message of messages.toReversed()) {
      if (writes.has(message.key)) continue
      const projection = project(message, codec, format)
      if (projection.kind === 'write') writes.set(message.key, projection.write)
      else rejections.push({ message, reason: projection.reason, fault: projection.fault })
    }
  }
  return { writes: [...writes.values()], rejections }
}
