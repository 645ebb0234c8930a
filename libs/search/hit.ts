/** What a search finds: a document as a store shows it, and with where each store ranked it. */
import type { Metadata } from '@attio-stream/documents'
import type { Asked } from './question.ts'
import type { Snippet } from './snippet.ts'

export type StoreName = 'opensearch' | 'postgres' | 'turbopuffer'

export interface Found {
  readonly documentId: string
  readonly recordId: string
  readonly source: string
  readonly objectSlug: string
  readonly title: string
  /** The best first. */
  readonly snippets: readonly Snippet[]
  /** Higher is better; comparable within one answer of one store only. */
  readonly score: number
  /** The question is its title, or names it: an e-mail address, domain, phone number or id of it. */
  readonly exact: boolean
  readonly webUrl: string | null
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly metadata: Metadata
}

export interface Standing {
  readonly store: StoreName
  /** 1 is the best. */
  readonly rank: number
  readonly score: number
}

/** `score`: the store's own, or the fused one when several were asked. */
export interface Hit extends Found {
  readonly from: readonly Standing[]
}

/**
 * One live generation to read. Only living documents of the workspace are found, best first, each once.
 * @throws SearchStoreError when the store does not answer.
 */
export interface Store {
  readonly name: StoreName
  search(asked: Asked, signal: AbortSignal): Promise<readonly Found[]>
  /** Custom attributes that documents of the workspace have, sorted. */
  customFields(workspace: string, signal: AbortSignal): Promise<readonly string[]>
  close(): Promise<void>
}
