/**
 * The hash a store keeps beside a document, and verify compares: over everything a reader gets, in canonical JSON, so that
 * key order never counts. Text that is not well-formed Unicode is hashed as stores can keep it.
 */
import type { Document } from '@attio-stream/documents'
import { canonicalJson, contentHash } from '@attio-stream/stream'

/** SHA-256, hex. */
export function documentHash(document: Document): string {
  return contentHash(canonicalJson(document))
}
