/**
 * What is kept of a record and of a child (note, task, list entry) between changes: the JSON in the `body` of crm.records
 * and crm.children. Only content lives here; fence, hash and deletion are fields of the Avro envelope (schemas/).
 */
import type { Actor, Values } from './value.ts'

export interface RecordContent {
  readonly object: string
  readonly record: string
  /** ISO 8601 UTC with milliseconds. */
  readonly createdAt: string
  readonly webUrl: string | null
  /** The display name, null when unnamed: see name.ts. */
  readonly name: string | null
  readonly values: Values
}

export interface NoteContent {
  readonly kind: 'note'
  readonly id: string
  readonly createdAt: string
  readonly author: Actor | null
  readonly title: string
  readonly text: string
}

export interface TaskContent {
  readonly kind: 'task'
  readonly id: string
  readonly createdAt: string
  readonly author: Actor | null
  readonly text: string
  readonly assignees: readonly Actor[]
  readonly done: boolean
  readonly completedAt: string | null
  readonly due: string | null
}

export interface EntryContent {
  readonly kind: 'entry'
  readonly id: string
  readonly list: string
  readonly createdAt: string
  readonly author: Actor | null
  readonly values: Values
}

export type ChildContent = NoteContent | TaskContent | EntryContent
export type ChildKind = ChildContent['kind']
