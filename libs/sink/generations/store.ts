/**
 * PORT Store: where the generations of a sink's index are. A Sink (sink.ts) writes one of them; this tells them apart, shows
 * one to readers, and removes one. Adapters: Postgres, OpenSearch, turbopuffer; each passes store-conformance.ts.
 */
import { contentHash } from '@attio-stream/stream'
import type { Sink } from '../sink.ts'

/** A document that a search must find. */
export interface Sample {
  readonly workspace: string
  readonly id: string
  readonly title: string
}

export interface Store {
  /** postgres, opensearch, turbopuffer */
  readonly name: string
  /** Changes when the index must be built anew: worked out from the mapping, not counted by hand. */
  readonly schema: string
  /** Embedding model and dimensions; '' without vectors. */
  readonly model: string
  /** What the generation is called in the store, for people and for readers. */
  places(generation: number): readonly string[]
  /** Connects on first use. `building`: nobody reads it yet, so it need not be shown soon. */
  sink(generation: number, options?: { readonly building?: boolean }): Sink
  /**
   * Makes readers see this generation and no other from one moment on, and nothing when they do. Called again after a
   * crash. @throws StoreError when it may heal.
   */
  show(generation: number): Promise<void>
  /** Whether searches as readers make them, in this generation, find the document. */
  finds(generation: number, sample: Sample): Promise<boolean>
  /** Removes everything of it; nothing when nothing is there. Refuses the one readers see. */
  drop(generation: number): Promise<void>
  close(): Promise<void>
}

/** A short name for a declared mapping: another mapping, another name. */
export const schemaName = (declared: unknown): string => contentHash(JSON.stringify(declared)).slice(0, 8)
