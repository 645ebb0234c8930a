/**
 * The directory: what can be referred to by id and is shown by name. The JSON in the `card` of crm.names.
 * Attributes live inside the entry of their object or list, in Attio's order, so that one look-up serves a whole record.
 */

export type NameKind = 'record' | 'member' | 'object' | 'list'

export interface AttributeCard {
  readonly slug: string
  readonly title: string
  /** One of Attio's attribute types, or one added later. */
  readonly type: string
  readonly multiple: boolean
  readonly currency: string | null
}

/** What other documents show of a record besides its name. Absent keys are absent facts. */
export interface RecordCard {
  readonly kind: 'record'
  readonly object: string
  readonly domain?: string
  readonly email?: string
  readonly jobTitle?: string
  readonly stage?: string
  readonly amount?: number
  readonly currency?: string
}
export interface MemberCard {
  readonly kind: 'member'
  readonly email: string | null
}
export interface ObjectCard {
  readonly kind: 'object'
  readonly slug: string | null
  readonly singular: string | null
  readonly plural: string | null
  readonly attributes: readonly AttributeCard[]
}
export interface ListCard {
  readonly kind: 'list'
  readonly slug: string | null
  readonly attributes: readonly AttributeCard[]
}
export type Card = RecordCard | MemberCard | ObjectCard | ListCard

/** Key of a directory entry in crm.names: `workspace/kind/id`. */
export function nameKey(workspace: string, kind: NameKind, id: string): string {
  return `${workspace}/${kind}/${id}`
}
