/**
 * Writes as bulk operations. Marks are documents of their own (`deleted: true`, hidden by the alias), because OpenSearch
 * forgets deleted versions after index.gc_deletes; only a forget deletes for real (R9).
 */
import type { Metadata } from '@attio-stream/documents'
import { storableJson, type Write } from '@attio-stream/sink'
import { isCustom } from './mapping.ts'

/** Two lines of a bulk request, or one. */
export function operationOf(write: Write, mapped?: ReadonlySet<string>): string {
  const { id, workspace, version, partition } = write
  const action = { _id: id, version, version_type: 'external_gte' }
  if (write.kind === 'forget') return `${JSON.stringify({ delete: action })}\n`
  const index = JSON.stringify({ index: action })
  const head = { record_id: id, workspace_id: workspace, version, partition }
  if (write.kind === 'delete') return `${index}\n${JSON.stringify({ ...head, hash: '', deleted: true })}\n`
  const { document, hash } = write
  const body = {
    ...head,
    hash,
    deleted: false,
    id: document.id,
    source: document.source,
    object_slug: document.objectSlug,
    title: document.title,
    text: document.text,
    web_url: document.webUrl,
    created_at: document.createdAt,
    ...(mapped === undefined ? { metadata: document.metadata } : split(document.metadata, mapped)),
    chunks: document.chunks,
  }
  return `${index}\n${storableJson(body)}\n`
}

/** Flat objects take no terms over 32,766 bytes, path included, and cannot leave them out. */
const LONGEST = 7000

/** Custom attributes the mapping does not know, set apart. */
function split(metadata: Metadata, mapped: ReadonlySet<string>) {
  const fits = ([name]: readonly [string, unknown]) => !isCustom(name) || mapped.has(name)
  const entries = Object.entries(metadata)
  const rest = entries
    .filter((entry) => !fits(entry))
    .map(([name, value]) => [name, Array.isArray(value) ? value.map(shortened) : shortened(value)])
  return { metadata: Object.fromEntries(entries.filter(fits)), unmapped: Object.fromEntries(rest) }
}
const shortened = (value: unknown): unknown => (typeof value === 'string' ? value.slice(0, LONGEST) : value)

/** How many custom attributes the mapping has no room for. */
export function unmappedIn(write: Write, mapped: ReadonlySet<string>): number {
  if (write.kind !== 'put') return 0
  return Object.keys(write.document.metadata).filter((name) => isCustom(name) && !mapped.has(name)).length
}
