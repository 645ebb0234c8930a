/**
 * Writes as rows of JSON, which Postgres unfolds itself (faster than arrays of text, and metadata needs no second
 * escaping). Characters that neither text nor jsonb can hold, NUL and halves of surrogate pairs, become U+FFFD.
 */
import type { Delete, Put } from '@attio-stream/sink'

/** Columns a write sets, with the type json_to_recordset reads them as. */
export const WRITTEN = {
  record_id: 'text',
  workspace_id: 'text',
  id: 'text',
  source: 'text',
  object_slug: 'text',
  title: 'text',
  text: 'text',
  metadata: 'jsonb',
  chunks: 'jsonb',
  web_url: 'text',
  created_at: 'timestamptz',
  version: 'bigint',
  partition: 'integer',
  hash: 'text',
  deleted: 'boolean',
} as const

/** One JSON object. */
export function rowOf(write: Put | Delete): string {
  const { id, workspace, version, partition } = write
  const head = { record_id: id, workspace_id: workspace, version, partition }
  if (write.kind === 'delete') return JSON.stringify({ ...head, hash: '', deleted: true })
  const { document, hash } = write
  const row = {
    ...head,
    id: document.id,
    source: document.source,
    object_slug: document.objectSlug,
    title: document.title,
    text: document.text,
    metadata: document.metadata,
    chunks: document.chunks,
    web_url: document.webUrl,
    created_at: document.createdAt,
    hash,
    deleted: false,
  }
  const json = JSON.stringify(row)
  return SUSPECT.test(json) ? JSON.stringify(storable(row)) : json
}

/** How JSON.stringify writes NUL and lone surrogates. */
const SUSPECT = /\\u0000|\\ud[89a-f]/

function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD').toWellFormed()
  if (Array.isArray(value)) return value.map(storable)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [storable(key), storable(part)]))
}
