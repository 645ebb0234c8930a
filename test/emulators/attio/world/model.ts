/**
 * What an Attio workspace is made of, as the emulator holds it. Items (records and list entries), notes, tasks and
 * comments are immutable values replaced by edits; collections, workspaces and webhooks are the only mutable things.
 * Times are milliseconds since the epoch; slugs appear only on the wire, inside everything is an id.
 */
import type { Ordered } from './ordered.ts'

export type ActorType = 'workspace-member' | 'api-token' | 'system' | 'app'
export interface Actor {
  readonly type: ActorType | null
  readonly id: string | null
}
export const SYSTEM: Actor = Object.freeze({ type: 'system', id: null })

export type AttributeType =
  | 'text'
  | 'number'
  | 'checkbox'
  | 'currency'
  | 'date'
  | 'timestamp'
  | 'rating'
  | 'status'
  | 'select'
  | 'record-reference'
  | 'actor-reference'
  | 'location'
  | 'domain'
  | 'email-address'
  | 'phone-number'
  | 'interaction'
  | 'personal-name'

export interface Location {
  readonly line_1: string | null
  readonly line_2: string | null
  readonly line_3: string | null
  readonly line_4: string | null
  readonly locality: string | null
  readonly region: string | null
  readonly postcode: string | null
  readonly country_code: string | null
  readonly latitude: string | null
  readonly longitude: string | null
}

/** A value without its envelope; option, status, object and record are ids. `opaque` is a type no client knows. */
export type Fields =
  | { readonly attribute_type: 'text' | 'date' | 'timestamp'; readonly value: string }
  | { readonly attribute_type: 'number' | 'rating'; readonly value: number }
  | { readonly attribute_type: 'checkbox'; readonly value: boolean }
  | { readonly attribute_type: 'currency'; readonly currency_value: number; readonly currency_code: string | null }
  | { readonly attribute_type: 'select'; readonly option: string }
  | { readonly attribute_type: 'status'; readonly status: string }
  | { readonly attribute_type: 'record-reference'; readonly object: string; readonly record: string }
  | {
      readonly attribute_type: 'actor-reference'
      readonly referenced_actor_type: ActorType
      readonly referenced_actor_id: string | null
    }
  | ({ readonly attribute_type: 'location' } & Location)
  | { readonly attribute_type: 'domain'; readonly domain: string; readonly root_domain: string }
  | {
      readonly attribute_type: 'email-address'
      readonly original_email_address: string
      readonly email_address: string
      readonly email_domain: string
      readonly email_root_domain: string
      readonly email_local_specifier: string
    }
  | {
      readonly attribute_type: 'phone-number'
      readonly original_phone_number: string
      readonly country_code: string
      readonly phone_number: string
    }
  | {
      readonly attribute_type: 'interaction'
      readonly interaction_type: string
      readonly interacted_at: string
      readonly owner_actor: Actor
    }
  | {
      readonly attribute_type: 'personal-name'
      readonly first_name: string
      readonly last_name: string
      readonly full_name: string
    }
  | { readonly attribute_type: 'opaque'; readonly as: string; readonly fields: Readonly<Record<string, unknown>> }

/** One version of one value: active while `until` is null. */
export type Value = Fields & { readonly from: number; readonly until: number | null; readonly by: Actor }
export type Slot = readonly Value[]

export interface Option {
  readonly id: string
  readonly title: string
  readonly archived: boolean
  readonly celebration: boolean
  readonly target: string | null
}

export interface Formula {
  readonly inputs: readonly string[]
  readonly compute: (read: (slug: string) => Value | undefined) => Fields | undefined
}

export interface Attribute {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly description: string | null
  readonly type: AttributeType | string
  readonly system: boolean
  readonly writable: boolean
  readonly required: boolean
  readonly unique: boolean
  readonly multi: boolean
  readonly archived: boolean
  readonly enriched: boolean
  readonly createdAt: number
  readonly defaultValue: unknown
  readonly currencyCode: string | null
  readonly currencyDisplay: string | null
  readonly allowedObjects: readonly string[] | null
  readonly relationship: { readonly object: string; readonly attribute: string } | null
  readonly options: readonly Option[]
  readonly formula: Formula | null
  /** Answered from the item itself, never stored: record_id, created_at and so on. */
  readonly virtual: boolean
}

export interface RecordRef {
  readonly object: string
  readonly record: string
}

/** A record, or a list entry when it has a parent. `slots[i]` belongs to `collection.attributes[i]`. */
export interface Item {
  readonly id: string
  readonly createdAt: number
  readonly createdBy: Actor
  readonly slots: readonly (Slot | undefined)[]
  readonly parent: RecordRef | null
}

export interface Collection {
  readonly kind: 'object' | 'list'
  readonly id: string
  slug: string
  singular: string
  plural: string
  readonly createdAt: number
  readonly createdBy: Actor
  readonly standard: boolean
  enabled: boolean
  attributes: Attribute[]
  /** Slug or id of an attribute → its slot. */
  index: Map<string, number>
  /** Grows when anything embedded in its items' JSON changes: titles, slugs, attributes. */
  revision: number
  readonly items: Ordered<Item>
  /** For each unique slot: key → item id. */
  readonly unique: Map<number, Map<string, string>>
  readonly parentObject: string | null
  readonly access: { workspace: string | null; members: { member: string; level: string }[] }
}

export interface Member {
  readonly id: string
  readonly first: string
  readonly last: string
  readonly email: string
  readonly avatar: string | null
  readonly access: 'admin' | 'member' | 'suspended'
  readonly createdAt: number
}

export interface Note {
  readonly id: string
  readonly createdAt: number
  readonly parent: RecordRef
  readonly title: string
  readonly content: string
  readonly format: 'plaintext' | 'markdown'
  readonly tags: readonly Readonly<Record<string, string>>[]
  readonly by: Actor
}

export interface Task {
  readonly id: string
  readonly createdAt: number
  readonly content: string
  readonly deadline: string | null
  readonly completedAt: number | null
  readonly linked: readonly RecordRef[]
  readonly assignees: readonly string[]
  readonly by: Actor
}

export interface Comment {
  readonly id: string
  readonly thread: string
  readonly createdAt: number
  readonly content: string
  readonly record: RecordRef
  readonly entry: { readonly list: string; readonly entry: string } | null
  readonly resolvedAt: number | null
  readonly resolvedBy: Actor
  readonly author: Actor
}

export interface Subscription {
  readonly event_type: string
  readonly filter: SubscriptionFilter | null
}
export interface SubscriptionTerm {
  readonly field: string
  readonly operator: 'equals' | 'not_equals'
  readonly value: string
}
export type SubscriptionFilter =
  | { readonly $and: readonly SubscriptionTerm[] }
  | { readonly $or: readonly SubscriptionTerm[] }

export interface Webhook {
  readonly id: string
  readonly createdAt: number
  readonly secret: string
  url: string
  subscriptions: readonly Subscription[]
  status: string
  degradedAt: number | null
}

export interface Token {
  readonly token: string
  readonly id: string
  readonly workspace: string
  scopes: readonly string[]
  readonly client: string
  readonly member: string
  readonly issuedAt: number
  revoked: boolean
}

/** What a webhook delivers, exactly as on the wire. */
export interface AttioEvent {
  readonly event_type: string
  readonly id: Readonly<Record<string, string>>
  readonly actor: Actor
  readonly [outside: string]: unknown
}

export interface Workspace {
  readonly id: string
  readonly slug: string
  name: string
  readonly createdAt: number
  /** Objects and lists by id, in the order they were made. */
  readonly objects: Map<string, Collection>
  readonly lists: Map<string, Collection>
  /** Record or entry id → the collection that holds, or last held, it. */
  readonly home: Map<string, Collection>
  readonly members: Map<string, Member>
  readonly notes: Ordered<Note>
  readonly tasks: Ordered<Task>
  readonly comments: Ordered<Comment>
  /** Parent record id → ids of what hangs on it. */
  readonly notesOf: Map<string, Set<string>>
  readonly tasksOf: Map<string, Set<string>>
  readonly entriesOf: Map<string, Set<string>>
  readonly commentsOf: Map<string, Set<string>>
  /** Referenced record id → items that refer to it through a one-way attribute. */
  readonly referrers: Map<string, Set<string>>
  readonly webhooks: Map<string, Webhook>
  /** Records born of a merge that cannot be read yet. */
  readonly merging: Map<string, { readonly item: Item; readonly object: string }>
}
