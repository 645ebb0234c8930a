/**
 * What the documents look like in OpenSearch. Strict, so that a field we did not mean is noticed; only custom attributes
 * come as they like, each mapped by the type its prefix names, so that no workspace can give a name a second type.
 */
import { METADATA_FIELDS, type MetadataType } from '@attio-stream/documents'

export interface Property {
  readonly type?: string
  readonly dynamic?: string
  readonly properties?: Readonly<Record<string, Property>>
  readonly fields?: Readonly<Record<string, Property>>
  readonly [option: string]: unknown
}
export interface Mapping extends Property {
  readonly dynamic: string
  readonly dynamic_templates: readonly Readonly<
    Record<string, { readonly mapping: Property; readonly path_match: string }>
  >[]
  readonly properties: Readonly<Record<string, Property>>
}

/** Lucene takes terms up to 32,766 bytes; a character has at most four. Longer values are kept, not found. */
const keyword: Property = { type: 'keyword', ignore_above: 8191 }
/** Always `true` and never in a refusal's way: a date out of range is kept, not found. */
const date: Property = { type: 'date', format: 'strict_date_optional_time', ignore_malformed: true }
const words: Property = { type: 'text', analyzer: 'english', fields: { exact: keyword } }

function fieldOf(type: MetadataType): Property {
  switch (type) {
    case 'keyword':
    case 'keyword[]':
      return keyword
    case 'text':
      return words
    case 'number':
      return { type: 'double' }
    case 'integer':
      return { type: 'long' }
    case 'date':
      return date
    case 'boolean':
      return { type: 'boolean' }
  }
}

const template = (kind: string, mapping: Property) => ({
  [`custom_${kind}`]: { path_match: `metadata.custom_${kind}_*`, mapping },
})

export const MAPPING: Mapping = {
  dynamic: 'strict',
  dynamic_templates: [
    template('text', keyword),
    template('number', { type: 'double', ignore_malformed: true }),
    template('date', date),
    template('flag', { type: 'boolean' }),
  ],
  properties: {
    record_id: { type: 'keyword' },
    workspace_id: { type: 'keyword' },
    version: { type: 'long' },
    partition: { type: 'integer' },
    hash: { type: 'keyword' },
    deleted: { type: 'boolean' },
    id: keyword,
    source: keyword,
    object_slug: keyword,
    title: words,
    /** Offsets make highlights of long documents cheap. */
    text: { type: 'text', analyzer: 'english', index_options: 'offsets' },
    web_url: keyword,
    created_at: date,
    metadata: {
      dynamic: 'strict_allow_templates',
      properties: Object.fromEntries(Object.entries(METADATA_FIELDS).map(([name, type]) => [name, fieldOf(type)])),
    },
    /** Custom attributes for which the mapping has no room: filterable as text, all in one field. */
    unmapped: { type: 'flat_object' },
    /** Only read back. */
    chunks: { type: 'object', enabled: false },
  },
}

export const isCustom = (name: string): boolean => name.startsWith('custom_')

/** What of `found` is not as declared, as phrases; custom attributes may have joined. */
export function driftOf(found: Property, declared: Property = MAPPING, path = ''): readonly string[] {
  const wrong: string[] = []
  for (const [option, value] of Object.entries(declared)) {
    if (option === 'properties' || option === 'fields') continue
    if (option === 'type' && value === 'object' && found.properties === undefined && found.type === undefined) continue
    if (!same(found[option], value))
      wrong.push(`${path === '' ? 'the mapping' : path} has ${option} ${show(found[option])}, not ${show(value)}`)
  }
  for (const group of ['properties', 'fields'] as const) {
    const is = found[group] ?? {}
    const should = declared[group] ?? {}
    for (const [name, property] of Object.entries(should)) {
      const here = is[name]
      if (here === undefined) wrong.push(`${path}${name} is missing`)
      else wrong.push(...driftOf(here, property, `${path}${name}.`))
    }
    for (const name of Object.keys(is))
      if (should[name] === undefined && !(path === 'metadata.' && isCustom(name)))
        wrong.push(`${path}${name} is unknown`)
  }
  return wrong
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing'

/** OpenSearch writes back numbers and flags as it likes, and templates with defaults filled in. */
function same(found: unknown, declared: unknown): boolean {
  if (Array.isArray(declared))
    return Array.isArray(found) && found.length === declared.length && declared.every((part, n) => same(found[n], part))
  if (declared !== null && typeof declared === 'object')
    return (
      found !== null &&
      typeof found === 'object' &&
      Object.entries(declared).every(([key, part]) => same((found as Record<string, unknown>)[key], part))
    )
  return String(found) === String(declared)
}
