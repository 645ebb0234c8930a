/**
 * The schema of a namespace: what each attribute is and how it is indexed. Reads what a request declares, infers what it
 * does not, refuses what would change an attribute's type, and shows it as the schema and metadata endpoints do.
 */
import { ApiError, malformed, refused } from './api-error.ts'
import type { HardLimits } from './limits.ts'
import type { AttributeType } from './value.ts'
import { parseType, typeName } from './value.ts'

export interface FullText {
  readonly k1: number
  readonly b: number
  readonly k3: number
  readonly language: string
  readonly stemming: boolean
  readonly remove_stopwords: boolean
  readonly ascii_folding: boolean
  readonly case_sensitive: boolean
  readonly max_token_length: number
  readonly tokenizer: string
}
const FULL_TEXT_DEFAULTS: FullText = {
  k1: 1.2,
  b: 0.75,
  k3: 8,
  language: 'english',
  stemming: false,
  remove_stopwords: false,
  ascii_folding: false,
  case_sensitive: false,
  max_token_length: 39,
  tokenizer: 'word_v4',
}

export interface Attribute {
  readonly name: string
  readonly type: AttributeType
  readonly filterable: boolean
  readonly fullText: FullText | null
  readonly regex: boolean
  readonly glob: boolean
  readonly fuzzy: boolean
}
export type Schema = ReadonlyMap<string, Attribute>

export function attributeOf(name: string, type: AttributeType): Attribute {
  return {
    name,
    type,
    filterable: type.kind !== 'vector',
    fullText: null,
    regex: false,
    glob: false,
    fuzzy: false,
  }
}

/** What a request declares for one attribute, over what is known of it. */
export function declare(name: string, input: unknown, known: Attribute | undefined): Attribute {
  const config = typeof input === 'string' ? { type: input } : input
  if (typeof config !== 'object' || config === null || !('type' in config) || typeof config.type !== 'string') {
    throw malformed(name, 'data did not match any variant of untagged enum AttributeSchemaInput')
  }
  const fields = config as Record<string, unknown>
  const type = parseType(config.type)
  if (!type) throw refused(`invalid attribute type '${config.type}' for attribute '${name}'`)
  if (known && typeName(known.type) !== typeName(type)) {
    throw new ApiError(
      400,
      `🙅 invalid schema update for attribute '${name}': cannot change attribute type from ${typeName(known.type)} to ${typeName(type)}`,
      { fields: { attribute: name } },
    )
  }
  if (type.kind === 'vector') return declareVector(name, type, fields)
  const before = known?.fullText ?? null
  const said = 'full_text_search' in fields ? readFullText(name, type, fields.full_text_search) : before
  // The same object as long as nothing changes: indexes are kept by it.
  const fullText = JSON.stringify(said) === JSON.stringify(before) ? before : said
  const flag = (key: 'regex' | 'glob' | 'fuzzy') => (key in fields ? fields[key] === true : (known?.[key] ?? false))
  const regex = flag('regex')
  const glob = flag('glob')
  const byDefault = fullText === null && !regex && !glob
  const wanted = fields.filterable
  const filterable = typeof wanted === 'boolean' ? wanted : (known?.filterable ?? byDefault)
  return { name, type, filterable, fullText, regex, glob, fuzzy: flag('fuzzy') }
}

function declareVector(name: string, type: AttributeType, fields: Readonly<Record<string, unknown>>): Attribute {
  const ann = fields.ann
  if (typeof ann === 'object' && ann !== null && 'distance_metric' in ann) {
    throw refused(
      '`distance_metric` must be specified as a field at the top level of the write request, not in the `ann` configuration for an attribute',
    )
  }
  if (!ann) {
    throw refused(
      name === 'vector'
        ? 'the `vector` attribute must have `ann` set to `true`, eg: `"vector": { "type": "[1024]f32", "ann": true }`'
        : `vector attribute '${name}' must have ann:true`,
    )
  }
  return attributeOf(name, type)
}

function readFullText(name: string, type: AttributeType, input: unknown): FullText | null {
  if (input === false || input === null || input === undefined) return null
  if (type.kind !== 'string')
    throw refused(`full_text_search requires type string or []string, but attribute '${name}' is ${typeName(type)}`)
  if (input === true) return FULL_TEXT_DEFAULTS
  if (typeof input !== 'object')
    throw malformed(name, 'data did not match any variant of untagged enum AttributeSchemaInput')
  const known = Object.entries(input).filter(([key, value]) => key in FULL_TEXT_DEFAULTS && value !== null)
  const full: FullText = { ...FULL_TEXT_DEFAULTS, ...Object.fromEntries(known) }
  if (!(full.k1 > 0)) throw refused(`full_text_search.k1 of attribute '${name}' must be greater than zero`)
  if (!(full.b >= 0 && full.b <= 1))
    throw refused(`full_text_search.b of attribute '${name}' must be in the range [0.0, 1.0]`)
  if (!(full.max_token_length >= 1 && full.max_token_length <= 254)) {
    throw refused(`full_text_search.max_token_length of attribute '${name}' must be between 1 and 254`)
  }
  if (full.tokenizer === 'pre_tokenized_array' && typeName(type) !== '[]string') {
    throw refused(`tokenizer pre_tokenized_array requires type []string, but attribute '${name}' is ${typeName(type)}`)
  }
  return full
}

export function checkNames(schema: Schema, limits: HardLimits): void {
  for (const name of schema.keys()) {
    if (name === '' || name.startsWith('$'))
      throw refused(`invalid attribute name '${name}': must not be empty or start with '$'`)
    if (Buffer.byteLength(name) > limits.attributeNameBytes) {
      throw refused(
        `attribute name '${name.slice(0, 32)}…' is too long, limit is currently ${limits.attributeNameBytes} bytes`,
      )
    }
  }
  if (schema.size > limits.attributeNames) {
    throw refused(`too many attributes: ${schema.size}, limit is currently ${limits.attributeNames} per namespace`)
  }
  const vectors = [...schema.values()].filter((attribute) => attribute.type.kind === 'vector')
  if (vectors.length > limits.vectorColumns)
    throw refused(`a namespace can have up to ${limits.vectorColumns} vector columns`)
  for (const { name, type } of vectors) {
    if (type.kind === 'vector' && (type.dims < 1 || type.dims > limits.dimensions)) {
      throw refused(`vector attribute '${name}' must have between 1 and ${limits.dimensions} dimensions`)
    }
  }
}

/** As `GET …/schema` shows it. */
export function showSchema(idType: string, schema: Schema): Record<string, unknown> {
  const shown: Record<string, unknown> = { id: { type: idType, filterable: null, full_text_search: null } }
  for (const { name, type, filterable, fullText, regex, glob, fuzzy } of schema.values()) {
    shown[name] = {
      type: typeName(type),
      ...(type.kind === 'vector' ? { ann: true } : {}),
      filterable: type.kind === 'vector' ? null : filterable,
      full_text_search: fullText,
      ...(regex ? { regex } : {}),
      ...(glob ? { glob } : {}),
      ...(fuzzy ? { fuzzy } : {}),
    }
  }
  return shown
}

/** As `GET …/metadata` shows it: without the nulls, and with the metric. */
export function showMetadataSchema(idType: string, schema: Schema, metric: string | null): Record<string, unknown> {
  const shown = showSchema(idType, schema) as Record<string, Record<string, unknown>>
  for (const fields of Object.values(shown)) {
    for (const [key, value] of Object.entries(fields)) if (value === null) delete fields[key]
    if (fields.ann === true) fields.ann = { distance_metric: metric }
  }
  return shown
}
