/**
 * From a message of crm.artifacts to the write a store gets: the one place where run (what is written) and verify (what
 * should be there) agree. Pure, except that schemas must have been prepared. What a document says is libs/documents'.
 */
import type { ArtifactState } from '@attio-stream/contracts'
import type { Artifact } from '@attio-stream/crm'
import type { Document } from '@attio-stream/documents'
import { type Codec, type Fault, Poison, type StoredMessage } from '@attio-stream/stream'
import { documentHash } from './document-hash.ts'
import type { Write } from './sink.ts'

export type Format = (artifact: Artifact) => Document

export type Projection =
  | { readonly kind: 'write'; readonly write: Write }
  /** Can never become a document. `reason` is a sentence without customer text. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly fault: Fault }

/** Headers of an artifact that are read without decoding it. A tombstone has nothing else. */
const WORKSPACE = 'workspace'

/** Throws only what is a bug of the formatter. */
export function project(message: StoredMessage, codec: Pick<Codec, 'decode'>, format: Format): Projection {
  const { key: id, offset: version, partition } = message
  if (message.value === null) {
    const workspace = message.headers[WORKSPACE] ?? ''
    return { kind: 'write', write: { kind: 'forget', id, workspace, version, partition } }
  }
  try {
    const state = codec.decode('crm.artifacts', message.value)
    const workspace = state.workspace_id
    if (state.deleted) return { kind: 'write', write: { kind: 'delete', id, workspace, version, partition } }
    const document = format(artifactOf(state, id))
    return {
      kind: 'write',
      write: { kind: 'put', id, workspace, version, partition, document, hash: documentHash(document) },
    }
  } catch (error) {
    if (error instanceof Poison) return { kind: 'rejected', reason: error.reason, fault: error.fault }
    throw error
  }
}

function artifactOf(state: ArtifactState, id: string): Artifact {
  if (state.body === null) throw new Poison('The artifact is alive and has no body.')
  let artifact: Artifact
  try {
    artifact = JSON.parse(state.body)
  } catch {
    throw new Poison('The body of the artifact is not JSON.')
  }
  if (artifact?.record !== id || artifact.workspace !== state.workspace_id || !Array.isArray(artifact.attributes))
    throw new Poison('The body of the artifact is not the record of its key.')
  return artifact
}
