/**
 * Documents and writes for the conformance suite and for tests of stores: whole, valid, and different where a fact needs it.
 */
import type { Document } from '@attio-stream/documents'
import { documentHash } from './document-hash.ts'
import type { Delete, Forget, Put } from './sink.ts'

export interface Address {
  readonly id: string
  readonly workspace: string
  readonly version: number
  readonly partition?: number
}

/** A company of the workspace. `lines` paragraphs make one chunk each. */
export function givenDocument(
  of: Pick<Address, 'id' | 'workspace'>,
  changes: Partial<Document> & { readonly lines?: readonly string[] } = {},
): Document {
  const { lines = ['A maker of tents.'], ...rest } = changes
  const title = rest.title ?? `Company: Northwind ${of.id.slice(0, 8)}`
  const id = rest.id ?? `attio_company_${of.id}`
  return {
    id,
    source: 'attio_company',
    workspace: of.workspace,
    objectSlug: 'companies',
    record: of.id,
    title,
    text: [title, '', ...lines].join('\n'),
    metadata: {
      record_id: of.id,
      object_slug: 'companies',
      workspace_id: of.workspace,
      created_at: '2026-09-02T10:00:00.000Z',
    },
    chunks: lines.map((line, ordinal) => ({ id: `${id}_chunk_${ordinal}`, ordinal, text: `${title}\n\n${line}` })),
    createdAt: '2026-09-02T10:00:00.000Z',
    webUrl: null,
    ...rest,
  }
}

export function givenPut(at: Address, changes: Parameters<typeof givenDocument>[1] = {}): Put {
  const document = givenDocument(at, changes)
  return { kind: 'put', partition: 0, ...at, document, hash: documentHash(document) }
}
export function givenDelete(at: Address): Delete {
  return { kind: 'delete', partition: 0, ...at }
}
export function givenForget(at: Address): Forget {
  return { kind: 'forget', partition: 0, ...at }
}
