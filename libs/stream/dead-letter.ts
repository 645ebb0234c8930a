/**
 * A dead letter: a message that can never succeed, with its bytes, its headers, where it stood and why (R12). It always fits
 * into a message: a body too large for one is cut, and its size and SHA-256 say so. The same thing given up twice by the
 * same stage has the same id, so that whoever reads sees it once. Reading them is dead-letters.ts.
 */
import { createHash } from 'node:crypto'
import { type DeadLetter, TOPICS } from '@attio-stream/contracts'
import type { Fault } from './errors.ts'
import type { OutgoingMessage } from './log.ts'
import { messageLimit } from './message-limit.ts'
import { partitionOf } from './partition.ts'

export const DEAD_LETTERS = 'crm.dead-letters'

/** What is buried: a message; what was never one (topic null); or what could not become one (offset null). */
export interface Buried {
  readonly topic: string | null
  readonly partition: number | null
  readonly offset: number | null
  readonly key: string | null
  readonly value: Uint8Array | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface Burial {
  /** Who gives up. */
  readonly stage: string
  /** A sentence without customer text. */
  readonly reason: string
  readonly fault: Fault
  readonly buried: Buried
  /** Default: what the headers say. */
  readonly workspace?: string | null
  /** Times it was tried this time; those before a redrive are added. Default 1. */
  readonly attempts?: number
  /** ms */
  readonly now: number
}

/** The header a redriven message carries: how often it was tried before. */
export const ATTEMPTS = 'attempts'
/** Left for the reason, the location, the broker's own bytes. */
const SPARE = 16 * 1024
/** A longer key is cut; Kafka allows keys as large as messages. */
const LONGEST_KEY = 64 * 1024
const LONGEST_HEADERS = 64 * 1024
const LONGEST_REASON = 2000
/** The letter's own key: the original one, where it can be looked at. */
const READABLE_KEY = 1024

/** The message of crm.dead-letters. */
export interface DeadLetterOutput {
  readonly topic: typeof DEAD_LETTERS
  readonly key: string
  readonly value: DeadLetter
  readonly headers: Readonly<Record<string, string>>
}

export function deadLetter({ stage, reason, fault, buried, now, ...more }: Burial): DeadLetterOutput {
  const headers = shortened(buried.headers ?? {})
  const workspace = more.workspace ?? buried.headers?.workspace ?? null
  const key = buried.key === null ? null : Buffer.from(buried.key).subarray(0, LONGEST_KEY)
  const room = messageLimit(DEAD_LETTERS) - SPARE - LONGEST_HEADERS - LONGEST_KEY
  const original = buried.value
  const value: DeadLetter = {
    workspace_id: workspace,
    stage,
    reason: reason.slice(0, LONGEST_REASON),
    fault,
    attempts: (more.attempts ?? 1) + (Number.parseInt(headers[ATTEMPTS] ?? '', 10) || 0),
    topic: buried.topic,
    partition: buried.partition,
    offset: buried.offset,
    key,
    value: original === null ? null : Buffer.from(original.subarray(0, room)),
    value_size: original === null ? null : original.length,
    value_sha256: original === null ? null : sha256(original),
    headers,
    buried_at: now,
  }
  const own = { stage, fault, ...(workspace === null ? {} : { workspace }) }
  return { topic: DEAD_LETTERS, key: letterKey(buried.key, stage, workspace), value, headers: own }
}

/** The letter as a message, for whoever produces it outside a stage. */
export function letterMessage(output: DeadLetterOutput, value: Buffer, partitions: number): OutgoingMessage {
  const { topic, key, headers } = output
  return { topic, partition: partitionOf(TOPICS[topic], key, partitions), key, value, headers }
}

/**
 * Twelve hexadecimal digits, the same for everything the same stage has given up twice: a crash between burial and commit,
 * or Attio delivering again what was refused. With the contents in it, a topic made anew gives other ids.
 */
export function letterId(letter: DeadLetter): string {
  const { stage, workspace_id, topic, partition, offset, key, value } = letter
  const body = letter.value_sha256 ?? (value === null ? null : sha256(value))
  const owner = topic === null ? workspace_id : null
  const identity = [stage, owner, topic, partition, offset, key?.toString('base64') ?? null, body]
  return sha256(JSON.stringify(identity)).slice(0, 12)
}

/** Is only a part of the original there? */
export const isCut = ({ value, value_size }: DeadLetter): boolean => (value?.length ?? 0) < (value_size ?? 0)

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

function letterKey(key: string | null, stage: string, workspace: string | null): string {
  if (key === null) return `${stage}/${workspace ?? ''}`
  return key.length <= READABLE_KEY ? key : sha256(key)
}

/** All of them, or as many as fit. */
function shortened(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {}
  let size = 0
  for (const [name, value] of Object.entries(headers)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(value) + 16
    if (size > LONGEST_HEADERS) break
    kept[name] = value
  }
  return kept
}
