/**
 * A document as rows: one a chunk, or one mark for the dead. Pure. Row 0 is the head: every put and every delete writes it,
 * so its version is the document's, and whoever finds it newer knows to be late.
 */
import type { Delete, Put } from '@attio-stream/sink'
import type { Row } from '@turbopuffer/turbopuffer/resources'
import type { Copies } from './attributes.ts'
import { rowId } from './names.ts'

/** What a chunk says, as it is embedded and stored: turbopuffer keeps well-formed Unicode only. */
export const chunkTexts = (put: Put): readonly string[] => {
  const texts = put.document.chunks.map((chunk) => chunk.text.toWellFormed())
  return texts.length > 0 ? texts : [put.document.title.toWellFormed()]
}

export function rowsOf(put: Put, vectors: readonly Float32Array[], copies: Copies): Row[] {
  const { document, id: record, version, hash } = put
  const texts = chunkTexts(put)
  return texts.map((text, ordinal) => ({
    ...copies.values,
    id: rowId(record, ordinal),
    vector: encoded(vectors[ordinal] as Float32Array),
    record_id: record,
    document_id: document.id.toWellFormed(),
    chunk_id: (document.chunks[ordinal]?.id ?? document.id).toWellFormed(),
    ordinal,
    chunk_count: texts.length,
    version,
    deleted: false,
    hash,
    source: document.source,
    object_slug: document.objectSlug.toWellFormed(),
    title: document.title.toWellFormed(),
    text,
    created_at: Number.isNaN(Date.parse(document.createdAt)) ? null : new Date(document.createdAt).toISOString(),
    web_url: document.webUrl?.toWellFormed() ?? null,
    // The same on every chunk, so once is enough.
    metadata: ordinal === 0 ? JSON.stringify(document.metadata).toWellFormed() : null,
  }))
}

/** A row must have a vector; a unit one, because nothing says that a zero vector is taken. Every query filters marks out. */
export function markOf({ id: record, version }: Delete, dimensions: number): Row {
  const vector = new Float32Array(dimensions)
  vector[0] = 1
  return {
    id: rowId(record, 0),
    vector: encoded(vector),
    record_id: record,
    ordinal: 0,
    chunk_count: 0,
    version,
    deleted: true,
    hash: '',
  }
}

/** Base64 of little-endian floats: a third of the bytes of JSON numbers, and far cheaper to write and read. */
const encoded = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
