/**
 * PORT Sink: what a store must promise so that the loop in run.ts can keep it true. Adapters: Postgres, OpenSearch,
 * turbopuffer; each passes conformance.ts on the real store or its emulator.
 *
 * Versions are artifact offsets: they grow per document (all versions of one document come from one partition, in order)
 * and are not comparable between documents.
 */
import type { Document } from '@attio-stream/documents'

interface Versioned {
  /**
   * The store's key: the Attio record id (the key of the artifact), which never changes. It is not `document.id`, which
   * is what readers see and changes with the slug of a custom object: a put of another `document.id` under the same id
   * replaces the document, and a delete or a forget knows no document id at all.
   */
  readonly id: string
  readonly workspace: string
  readonly version: number
  /** The partition the version counts in. */
  readonly partition: number
}
/** The document is now this. */
export interface Put extends Versioned {
  readonly kind: 'put'
  readonly document: Document
  /** SHA-256 (hex) over the whole document; verify compares it. */
  readonly hash: string
}
/** The document is dead: readers must not see it, and an older put must not raise it. The store keeps a mark. */
export interface Delete extends Versioned {
  readonly kind: 'delete'
}
/**
 * No older message can arrive any more: the mark may go, and a document of an older version too (its delete may have been
 * compacted away). Never removes a document or mark of a newer version.
 */
export interface Forget extends Versioned {
  readonly kind: 'forget'
}
export type Write = Put | Delete | Forget

/** The store will never take this one, whatever is retried. */
export interface Refusal {
  readonly write: Write
  /** A sentence without customer text. */
  readonly reason: string
}

/** What a store holds, for verify: live documents and marks. */
export interface Holding {
  /** As in the write: the record id. */
  readonly id: string
  readonly workspace: string
  readonly version: number
  /** '' for marks */
  readonly hash: string
  readonly deleted: boolean
}

/** One record of one workspace. */
export interface Address {
  readonly workspace: string
  readonly id: string
}

export interface Sink {
  /** postgres, opensearch, turbopuffer */
  readonly name: string
  /** Which generation it writes, where the store has several (generations/store.ts). Default 1. */
  readonly generation?: number
  /** Creates what is missing; refuses loudly (throws) when what exists has another shape. May be called again at any time. */
  open(signal: AbortSignal): Promise<void>
  /**
   * Applies the writes; at most one per id. When it resolves they are durable. The same call twice is the same as
   * once. A write older than what the store has for that id does nothing; an equal version may be written again.
   * Throws StoreError when it may heal (time-out, 429, 5xx, part of the batch unknown): the loop repeats the whole call,
   * or only StoreError.remaining. Everything else it throws is a bug or a wrong shape, and stops the loop.
   */
  write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]>
  /** Makes everything written so far visible to readers and `scan` (OpenSearch refresh; others nothing). */
  refresh(): Promise<void>
  /** All it holds; with `only`, what it holds of this record, without reading the rest. */
  scan(only?: Address): AsyncIterable<Holding>
  close(): Promise<void>
}

/**
 * A store failed in a way that may heal. `retryAfterMs` when the store said when. `remaining`: the writes to repeat, when
 * the others are known to be durable or superseded; refused ones stay in it, to be refused again. `busy`: it asks for less at
 * the same time (429); default when it said when.
 */
export class StoreError extends Error {
  readonly retryAfterMs: number | undefined
  readonly remaining: readonly Write[] | undefined
  readonly busy: boolean
  constructor(
    message: string,
    options?: { cause?: unknown; retryAfterMs?: number | undefined; remaining?: readonly Write[]; busy?: boolean },
  ) {
    super(message, { cause: options?.cause })
    this.name = 'StoreError'
    this.retryAfterMs = options?.retryAfterMs
    this.remaining = options?.remaining
    this.busy = options?.busy ?? options?.retryAfterMs !== undefined
  }
}
