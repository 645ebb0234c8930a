/**
 * Writes as rows of JSON, which Postgres unfolds itself (faster than arrays of text, and metadata needs no second
 * escaping).
 */
import { type Delete, type Put, storableJson } from '@attio-stream/sink'

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
  return storableJson({
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
  })
}
