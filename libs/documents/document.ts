/**
 * What a store gets: one readable document per record, made from an artifact by pure code. The same artifact always gives
 * the same bytes. FORMAT_VERSION changes whenever the bytes of any document may change.
 */

export type Source = 'attio_company' | 'attio_person' | 'attio_deal' | 'attio_custom_object'

/**
 * Flat and typed; the same names in every store. A name has one type for ever: our own names are listed in metadata.ts,
 * custom attributes are `custom_{text|number|date|flag}_{slug}` (text always several, the others one value).
 * Dates are ISO 8601 text. Absent facts are absent keys.
 */
export type Metadata = Readonly<Record<string, string | number | boolean | readonly string[]>>

export interface Chunk {
  /** `{document id}_chunk_{ordinal}` */
  readonly id: string
  readonly ordinal: number
  /** Begins with the document's title line. This is what is embedded. */
  readonly text: string
}

export interface Document {
  /** attio_company_{record}, attio_person_{record}, attio_deal_{record}, attio_{object slug}_{record} */
  readonly id: string
  readonly source: Source
  readonly workspace: string
  readonly objectSlug: string
  readonly record: string
  readonly title: string
  readonly text: string
  readonly metadata: Metadata
  readonly chunks: readonly Chunk[]
  readonly createdAt: string
  readonly webUrl: string | null
}
