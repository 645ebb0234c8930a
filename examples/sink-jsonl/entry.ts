/**
 * A line of a file, and what an index keeps of it. Lines of one call have one batch number, and a batch begins only when the
 * one before it is on disk: that tells a torn end, which nobody was promised, from damage.
 */
import type { Document } from '@attio-stream/documents'
import type { Write } from '@attio-stream/sink'

export interface Line {
  readonly batch: number
  /** The last line of its batch. */
  readonly last: boolean
  readonly kind: Write['kind'] | 'head'
  readonly id: string
  readonly version: number
  readonly hash: string
  readonly document: Document | null
}

/** What a record's last line says, and where it stands. */
export interface Entry {
  readonly version: number
  readonly hash: string
  readonly deleted: boolean
  readonly at: number
  readonly length: number
}

/** First line of every file: in which format it is. */
const FORMAT = 'attio-stream documents, one JSON a line, format 1'
export const HEAD: Line = { batch: 0, last: true, kind: 'head', id: FORMAT, version: 0, hash: '', document: null }

export function lineOf(write: Write, batch: number, last: boolean): Line {
  const { kind, id, version } = write
  const { hash, document } = write.kind === 'put' ? write : { hash: '', document: null }
  return { batch, last, kind, id, version, hash, document }
}

export const encode = (line: Line): Buffer => Buffer.from(`${JSON.stringify(line)}\n`)

/** undefined: not a line of ours, or not all of it. */
export function decode(bytes: Buffer): Line | undefined {
  try {
    const line = JSON.parse(bytes.toString()) as Line
    return Number.isInteger(line?.batch) && typeof line.id === 'string' ? line : undefined
  } catch {
    return undefined
  }
}
