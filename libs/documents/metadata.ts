/**
 * What stores can filter by: flat, typed, the same names everywhere. Our names are METADATA_FIELDS, the whole list; every
 * attribute that has none of them is `custom_{text|number|date|flag}_{slug}`, so that no slug can collide with ours or
 * change the type of a name. Long texts are shortened here, the document's text has them whole.
 */
import type { Membership, NamedAttribute, NamedValue } from '@attio-stream/crm'
import { line } from './clean.ts'
import type { Metadata } from './document.ts'
import { shorten } from './grapheme.ts'
import { entryFacts, listName } from './sections.ts'
import { actorText, referenceName, valueText } from './value-text.ts'

/** keyword: matched whole; text: searched by words; date: ISO 8601 text, a day or an instant in UTC. */
export type MetadataType = 'keyword' | 'keyword[]' | 'text' | 'number' | 'integer' | 'date' | 'boolean'

export const METADATA_FIELDS = {
  workspace_id: 'keyword',
  record_id: 'keyword',
  object_id: 'keyword',
  object_slug: 'keyword',
  name: 'text',
  created_at: 'date',
  web_url: 'keyword',
  description: 'text',
  domains: 'keyword[]',
  categories: 'keyword[]',
  employee_range: 'keyword',
  estimated_arr: 'keyword',
  funding_raised: 'number',
  funding_currency: 'keyword',
  foundation_date: 'date',
  connection_strength: 'keyword',
  last_interaction_at: 'date',
  next_interaction_at: 'date',
  location: 'text',
  country: 'keyword',
  social_links: 'keyword[]',
  emails: 'keyword[]',
  phones: 'keyword[]',
  job_title: 'keyword',
  value: 'number',
  currency: 'keyword',
  stage: 'keyword',
  owner: 'keyword',
  owner_id: 'keyword',
  company_ids: 'keyword[]',
  company_names: 'keyword[]',
  people_ids: 'keyword[]',
  people_names: 'keyword[]',
  deal_ids: 'keyword[]',
  deal_names: 'keyword[]',
  lists: 'keyword[]',
  list_ids: 'keyword[]',
  list_stages: 'keyword[]',
  list_values: 'keyword[]',
  note_count: 'integer',
  task_count: 'integer',
  activity_not_shown: 'integer',
  unnamed: 'boolean',
} as const satisfies Readonly<Record<string, MetadataType>>

export type MetadataField = keyof typeof METADATA_FIELDS
type Typed = {
  keyword: string
  'keyword[]': readonly string[]
  text: string
  number: number
  integer: number
  date: string
  boolean: boolean
}
/** Our own names, each with its type. */
export type Known = { readonly [F in MetadataField]?: Typed[(typeof METADATA_FIELDS)[F]] | undefined }

/** Characters of one metadata text: stores refuse or ignore longer ones (Lucene terms, turbopuffer filterable attributes). */
const MAX_TEXT = 1_000
/** Values of one metadata array. */
const MAX_VALUES = 200

/** Without absent facts, empty texts and empty arrays. */
export function metadata(known: Known, custom: readonly NamedAttribute[]): Metadata {
  const fields: Fields = {}
  for (const name of FIELDS) put(fields, name, known[name])
  for (const attribute of custom) addCustom(fields, attribute)
  return fields
}

const FIELDS = Object.keys(METADATA_FIELDS) as readonly MetadataField[]
type Fields = Record<string, string | number | boolean | readonly string[]>

function put(fields: Fields, name: string, value: string | number | boolean | readonly string[] | undefined): void {
  if (typeof value === 'string') {
    if (value !== '') fields[name] = shorten(value, MAX_TEXT)
  } else if (typeof value === 'number' || typeof value === 'boolean') fields[name] = value
  else if (value !== undefined) {
    const texts = value.flatMap((text) => (text === '' ? [] : [shorten(text, MAX_TEXT)]))
    if (texts.length > 0) fields[name] = texts.length === 1 ? texts : [...new Set(texts)].slice(0, MAX_VALUES)
  }
}

/** A store's field names hold no dots. */
function addCustom(fields: Fields, { slug: raw, values }: NamedAttribute): void {
  const slug = line(raw).replaceAll(/[^\p{L}\p{N}_-]+/gu, '_')
  const [first] = values
  if (first === undefined) return
  switch (first.kind) {
    case 'number':
      put(fields, `custom_number_${slug}`, first.number)
      break
    case 'rating':
      put(fields, `custom_number_${slug}`, first.stars)
      break
    case 'currency':
      put(fields, `custom_number_${slug}`, first.amount)
      put(fields, `custom_text_${slug}`, first.code === null ? undefined : [line(first.code)])
      break
    case 'checkbox':
      put(fields, `custom_flag_${slug}`, first.checked)
      break
    case 'date':
      put(fields, `custom_date_${slug}`, first.date)
      break
    case 'timestamp':
    case 'interaction':
      put(fields, `custom_date_${slug}`, first.at)
      break
    case 'text':
    case 'status':
    case 'select':
    case 'record-reference':
    case 'actor-reference':
    case 'location':
    case 'domain':
    case 'email-address':
    case 'phone-number':
    case 'personal-name':
    case 'unknown':
      put(fields, `custom_text_${slug}`, values.map(filterText))
  }
}

/** A reference is filtered by name alone; all else as it is shown. */
function filterText(value: NamedValue): string {
  return value.kind === 'record-reference' ? referenceName(value) : line(valueText(value))
}

export function texts(attribute: NamedAttribute | undefined): readonly string[] | undefined {
  return attribute?.values.map(filterText)
}
export function firstText(attribute: NamedAttribute | undefined): string | undefined {
  const first = attribute?.values[0]
  return first === undefined ? undefined : filterText(first)
}
export function firstOf<K extends NamedValue['kind']>(
  attribute: NamedAttribute | undefined,
  kind: K,
): Extract<NamedValue, { kind: K }> | undefined {
  return attribute?.values.find((value): value is Extract<NamedValue, { kind: K }> => value.kind === kind)
}
export function recordIds(attribute: NamedAttribute | undefined): readonly string[] | undefined {
  return attribute?.values.flatMap((value) => (value.kind === 'record-reference' ? [value.record] : []))
}
export function actorOf(attribute: NamedAttribute | undefined): { readonly name?: string; readonly id?: string } {
  const actor = firstOf(attribute, 'actor-reference')?.actor
  if (actor === undefined) return {}
  return { name: actorText(actor), ...(actor.id === null ? {} : { id: actor.id }) }
}

/** `Enterprise pipeline: Negotiation`; `Enterprise pipeline: Priority: High`. */
export function listFields(memberships: readonly Membership[]): Known {
  const stages = memberships.flatMap((membership) =>
    membership.attributes
      .filter(({ type }) => type === 'status')
      .map((attribute) => `${listName(membership)}: ${firstText(attribute) ?? ''}`),
  )
  const values = memberships.flatMap((membership) =>
    entryFacts(membership).map(([name, text]) => `${listName(membership)}: ${name}: ${text}`),
  )
  return {
    lists: memberships.map(listName),
    list_ids: memberships.map(({ list }) => list),
    list_stages: stages,
    list_values: values,
  }
}
