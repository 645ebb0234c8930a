/**
 * The attributes of a row: our own, declared once, and a filterable copy of each metadata fact under its own name. The copy
 * is for filters; the whole metadata, uncut, is in `metadata` as JSON. A copy that the namespace cannot take (another type
 * than it has, too many names, a date that is none) is left out and counted, never a reason to refuse a document.
 */

import { METADATA_FIELDS, type Metadata, type MetadataType } from '@attio-stream/documents'
import type { AttributeSchema } from '@turbopuffer/turbopuffer/resources'

export type Schema = Readonly<Record<string, AttributeSchema>>
type CopyType = 'string' | '[]string' | 'float' | 'datetime' | 'bool'
interface Copy {
  readonly type: CopyType
  readonly value: string | number | boolean | readonly string[]
}

const ENGLISH = { language: 'english', stemming: true, remove_stopwords: true } as const
const KEPT = { type: 'string', filterable: false } as const

export function ownSchema(dimensions: number): Schema {
  return {
    id: 'uuid',
    vector: { type: `[${dimensions}]f32`, ann: true },
    record_id: { type: 'string', filterable: true },
    document_id: { type: 'string', filterable: true },
    chunk_id: KEPT,
    ordinal: { type: 'uint', filterable: true },
    chunk_count: { type: 'uint', filterable: false },
    version: { type: 'uint', filterable: true },
    deleted: { type: 'bool', filterable: true },
    hash: KEPT,
    source: { type: 'string', filterable: true },
    object_slug: { type: 'string', filterable: true },
    title: { type: 'string', full_text_search: ENGLISH, filterable: false },
    text: { type: 'string', full_text_search: ENGLISH, filterable: false },
    created_at: { type: 'datetime', filterable: true },
    web_url: KEPT,
    metadata: KEPT,
  }
}
const OWN: ReadonlySet<string> = new Set(Object.keys(ownSchema(1)))

/** Documentation, limits: 1,024 names a namespace; a few are left for later versions of this sink. */
const MOST_NAMES = 1_000
const MOST_NAME_BYTES = 128
const MOST_VALUE_BYTES = 4_096

/** What a namespace is known to hold: names with their types. */
export class KnownAttributes {
  readonly #types = new Map<string, string>()

  constructor(types: Iterable<readonly [string, string]> = []) {
    for (const [name, type] of types) this.#types.set(name, type)
  }

  typeOf(name: string): string | undefined {
    return this.#types.get(name)
  }

  /** Whether a copy of this name and type fits; from then on it is known. */
  takes(name: string, type: string): boolean {
    const known = this.#types.get(name)
    if (known !== undefined) return known === type
    if (this.#types.size >= MOST_NAMES || Buffer.byteLength(name) > MOST_NAME_BYTES || name.startsWith('$'))
      return false
    this.#types.set(name, type)
    return true
  }
}

export interface Copies {
  readonly values: Readonly<Record<string, Copy['value']>>
  readonly types: Readonly<Record<string, CopyType>>
  readonly leftOut: number
}

export function copiesOf(metadata: Metadata, known: KnownAttributes): Copies {
  const values: Record<string, Copy['value']> = {}
  const types: Record<string, CopyType> = {}
  let leftOut = 0
  for (const [name, value] of Object.entries(metadata)) {
    if (OWN.has(name)) continue
    const copy = copyOf(name, value)
    if (copy !== undefined && known.takes(name, copy.type)) {
      values[name] = copy.value
      types[name] = copy.type
    } else leftOut++
  }
  return { values, types, leftOut }
}

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/

const FIELDS: Readonly<Record<string, MetadataType>> = METADATA_FIELDS
/** What each type of metadata is as a filterable attribute. */
export const COPY_TYPES: Readonly<Record<MetadataType, CopyType>> = {
  keyword: 'string',
  'keyword[]': '[]string',
  text: 'string',
  number: 'float',
  integer: 'float',
  date: 'datetime',
  boolean: 'bool',
}

/** Our own names have their type from libs/documents, custom ones in their prefix; any other by what the value is. */
function typeOf(name: string, value: Metadata[string]): CopyType {
  const field = FIELDS[name]
  if (field) return COPY_TYPES[field]
  if (name.startsWith('custom_text_')) return '[]string'
  if (name.startsWith('custom_date_')) return 'datetime'
  switch (typeof value) {
    case 'number':
      return 'float'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
    default:
      return '[]string'
  }
}

function copyOf(name: string, value: Metadata[string]): Copy | undefined {
  const type = typeOf(name, value)
  switch (type) {
    case 'datetime':
      return isDate(value) ? { type, value } : undefined
    case '[]string':
      return { type, value: [value].flat().map((text) => shortened(String(text))) }
    case 'string':
      return typeof value === 'string' ? { type, value: shortened(value) } : undefined
    case 'float':
      return typeof value === 'number' && Number.isFinite(value) ? { type, value } : undefined
    case 'bool':
      return typeof value === 'boolean' ? { type, value } : undefined
  }
}

const isDate = (value: Metadata[string]): value is string =>
  typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value))

const buffer = new Uint8Array(MOST_VALUE_BYTES)
const encoder = new TextEncoder()

/** As much of the text as a filterable value may be, whole code points only. */
function shortened(text: string): string {
  const wellFormed = text.toWellFormed()
  if (wellFormed.length * 3 <= MOST_VALUE_BYTES) return wellFormed
  return wellFormed.slice(0, encoder.encodeInto(wellFormed, buffer).read)
}
