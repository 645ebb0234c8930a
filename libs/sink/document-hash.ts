/**
 * The hash a store keeps beside a document, and verify compares: over everything a reader gets, in an order of its own, so
 * that key order never counts.
 */
import type { Document } from '@attio-stream/documents'
import { contentHash } from '@attio-stream/stream'

/** SHA-256, hex. */
export function documentHash(document: Document): string {
  const { id, source, workspace, objectSlug, record, title, text, metadata, chunks, createdAt, webUrl } = document
  const facts = Object.keys(metadata)
    .sort()
    .map((name) => [name, metadata[name]])
  const pieces = chunks.map((chunk) => [chunk.id, chunk.ordinal, chunk.text])
  return contentHash(
    JSON.stringify([id, source, workspace, objectSlug, record, title, text, facts, pieces, createdAt, webUrl]),
  )
}
