/** Notices and states as a trace shows them. */
import type { Notice } from '@attio-stream/contracts'
import type { FoldState } from '@attio-stream/crm'
import type { Found } from './reading.ts'

export interface NoticeSeen {
  readonly at: number
  readonly partition: number
  readonly offset: number
  /** null when it cannot be read. */
  readonly notice: Notice | null
}
export interface StateSeen {
  readonly topic: 'crm.records' | 'crm.children'
  readonly at: number
  readonly partition: number
  readonly offset: number
  /** null: forgotten, by a tombstone. */
  readonly state: FoldState | null
  /** Canonical JSON; customer text. */
  readonly body: string | null
  readonly parents: readonly string[]
}

export function noticeSeen({ timestamp, partition, offset, read }: Found<'attio.notices'>): NoticeSeen {
  return { at: timestamp, partition, offset, notice: read ?? null }
}
export function recordSeen({ timestamp, partition, offset, read }: Found<'crm.records'>): StateSeen {
  return {
    topic: 'crm.records',
    at: timestamp,
    partition,
    offset,
    state: stateIn(read),
    body: read?.body ?? null,
    parents: [],
  }
}
export function childSeen({ timestamp, partition, offset, read }: Found<'crm.children'>): StateSeen {
  return {
    topic: 'crm.children',
    at: timestamp,
    partition,
    offset,
    state: stateIn(read),
    body: read?.body ?? null,
    parents: read?.parents ?? [],
  }
}
function stateIn(read: FoldState | null | undefined): FoldState | null {
  return read === null || read === undefined ? null : { fence: read.fence, hash: read.hash, deleted: read.deleted }
}
