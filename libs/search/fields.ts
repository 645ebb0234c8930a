/**
 * The fields a filter can name: the metadata of libs/documents, and `source`. Custom attributes carry their type in their
 * prefix, so every field has one type in every store and workspace. The workspace is no field: it is always given.
 */
import { METADATA_FIELDS, type MetadataType } from '@attio-stream/documents'
import { QuestionError } from './errors.ts'

export interface Field {
  readonly name: string
  readonly type: MetadataType
  /** Of the workspace's own attributes: it may be in no document. */
  readonly custom: boolean
}

/** `web_url` is not filterable in turbopuffer. */
const NOT_FILTERED: ReadonlySet<string> = new Set(['workspace_id', 'web_url'])

const KNOWN: ReadonlyMap<string, Field> = new Map(
  Object.entries<MetadataType>({ source: 'keyword', ...METADATA_FIELDS })
    .filter(([name]) => !NOT_FILTERED.has(name))
    .map(([name, type]) => [name, { name, type, custom: false }]),
)
const CUSTOM: Readonly<Record<string, MetadataType>> = {
  text: 'keyword[]',
  number: 'number',
  date: 'date',
  flag: 'boolean',
}
const CUSTOM_NAME = /^custom_(text|number|date|flag)_[\p{L}\p{N}_-]{1,200}$/u

/** @throws QuestionError naming the fields there are. */
export function fieldOf(name: string): Field {
  const known = KNOWN.get(name)
  if (known !== undefined) return known
  const type = CUSTOM[CUSTOM_NAME.exec(name)?.[1] ?? '']
  if (type !== undefined) return { name, type, custom: true }
  throw new QuestionError(
    `There is no field ${name.slice(0, 100)} to filter by. There are ${[...KNOWN.keys()].join(', ')}, and custom attributes as custom_text_…, custom_number_…, custom_date_…, custom_flag_….`,
  )
}
