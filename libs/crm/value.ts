/**
 * The value of an attribute, normalised: one variant per Attio attribute type, and `unknown` for types not seen yet.
 * Values keep Attio's order (the first e-mail is the primary one). Reading raw payloads is libs/attio's job,
 * turning values into text is libs/documents'.
 */

/** Who did something. `id` is null for Attio itself (`system`). Source: Attio API, actor objects. */
export interface Actor {
  /** workspace-member | api-token | system | app, or a kind Attio adds later. */
  readonly type: string
  readonly id: string | null
}

export type Scalar = string | number | boolean

export type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'checkbox'; readonly checked: boolean }
  /** `amount` in units of the currency (not cents); `code` ISO 4217-like, null when Attio gives none. */
  | { readonly kind: 'currency'; readonly amount: number; readonly code: string | null }
  /** `YYYY-MM-DD` */
  | { readonly kind: 'date'; readonly date: string }
  /** ISO 8601 UTC with milliseconds. */
  | { readonly kind: 'timestamp'; readonly at: string }
  /** 0 to 5 */
  | { readonly kind: 'rating'; readonly stars: number }
  | { readonly kind: 'status'; readonly id: string; readonly title: string }
  | { readonly kind: 'select'; readonly id: string; readonly title: string }
  /** `object` is a slug as Attio gives it here, sometimes an id. */
  | { readonly kind: 'record-reference'; readonly object: string; readonly record: string }
  | { readonly kind: 'actor-reference'; readonly actor: Actor }
  | {
      readonly kind: 'location'
      readonly lines: readonly string[]
      readonly locality: string | null
      readonly region: string | null
      readonly postcode: string | null
      readonly country: string | null
      readonly latitude: string | null
      readonly longitude: string | null
    }
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'email-address'; readonly email: string }
  /** `phone` in international form (E.164) where Attio has it, else as typed. */
  | { readonly kind: 'phone-number'; readonly phone: string }
  | { readonly kind: 'interaction'; readonly interaction: string; readonly at: string; readonly owner: Actor | null }
  | {
      readonly kind: 'personal-name'
      readonly first: string | null
      readonly last: string | null
      readonly full: string
    }
  /** A type this code has never seen: its readable scalars by property name, sorted by name. */
  | { readonly kind: 'unknown'; readonly type: string; readonly scalars: Readonly<Record<string, Scalar>> }

export type ValueKind = Value['kind']

/** Non-empty attributes of a record or list entry by slug; slugs sorted, values in Attio's order. */
export type Values = Readonly<Record<string, readonly Value[]>>
