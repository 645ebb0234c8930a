/**
 * The joined picture of one record: the JSON in the `body` of crm.artifacts. Structured, names beside ids, no text layout
 * (that is libs/documents'), nothing that depends on the order of arrival.
 */
import type { RecordCard } from './directory.ts'
import type { Value } from './value.ts'

/** An actor with the name readers see: a member's name, else null (then `type` says who: system, api-token, app). */
export interface NamedActor {
  readonly type: string
  readonly id: string | null
  readonly name: string | null
}

/** A value with the names of what it refers to. `name: null` = not in the directory (yet); `deleted` ones are left out. */
export type NamedValue =
  | Exclude<Value, { kind: 'record-reference' | 'actor-reference' | 'interaction' }>
  | {
      readonly kind: 'record-reference'
      readonly object: string
      readonly record: string
      readonly name: string | null
      readonly card: RecordCard | null
    }
  | { readonly kind: 'actor-reference'; readonly actor: NamedActor }
  | {
      readonly kind: 'interaction'
      readonly interaction: string
      readonly at: string
      readonly owner: NamedActor | null
    }

export interface NamedAttribute {
  readonly slug: string
  readonly title: string
  readonly type: string
  /** How many values the record has; `values` holds at most MAX_REFERENCES of them, in Attio's order. */
  readonly total: number
  readonly values: readonly NamedValue[]
}

export interface Membership {
  readonly entry: string
  readonly list: string
  readonly slug: string | null
  /** Null until the directory knows the list. */
  readonly name: string | null
  readonly createdAt: string
  readonly attributes: readonly NamedAttribute[]
}

export type Activity =
  | {
      readonly kind: 'note'
      readonly id: string
      readonly at: string
      readonly author: NamedActor | null
      readonly title: string
      readonly text: string
    }
  | {
      readonly kind: 'task'
      readonly id: string
      readonly at: string
      readonly author: NamedActor | null
      readonly assignees: readonly NamedActor[]
      readonly text: string
      readonly done: boolean
      readonly completedAt: string | null
      readonly due: string | null
    }

export interface Artifact {
  readonly workspace: string
  readonly object: {
    readonly id: string
    /** companies, people, deals, users, workspaces, or a custom slug; null until the directory knows the object. */
    readonly slug: string | null
    readonly singular: string | null
  }
  readonly record: string
  readonly createdAt: string
  readonly webUrl: string | null
  readonly name: string | null
  /** Every non-empty attribute, in Attio's order; attributes the directory does not know last, by slug. */
  readonly attributes: readonly NamedAttribute[]
  /** By list name, then entry creation, then entry id. */
  readonly lists: readonly Membership[]
  /** Newest first, ties by id; the newest that fit ACTIVITY_BUDGET characters. */
  readonly activity: readonly Activity[]
  /** All notes and tasks of the record, whether in `activity` or not. */
  readonly notes: number
  readonly tasks: number
}

/** References shown per attribute; the rest is counted (`and 37 more`). */
export const MAX_REFERENCES = 50
/** Characters of note and task text carried in one artifact; what does not fit is counted. */
export const ACTIVITY_BUDGET = 200_000
