/**
 * A change of an object, list or member: its entry in the directory. crm.names is partitioned by its own key, so no table of
 * this partition can hold what the fold needs; the state is kept in crm.children, by thing id like the change itself.
 */
import { type DirectoryObservation, directoryEntry, keptOf } from '@attio-stream/attio'
import type { Change, ChildState } from '@attio-stream/contracts'
import { type Card, type FoldRules, fold } from '@attio-stream/crm'
import { contentHash, type Output } from '@attio-stream/stream'
import { deletedNameOutput, nameOutput } from './names.ts'
import { type ChangeOutcome, ignored, stateHeaders } from './outcome.ts'

export type DirectoryKind = DirectoryObservation['kind']

export function isDirectoryKind(kind: string): kind is DirectoryKind {
  return kind === 'object' || kind === 'list' || kind === 'member'
}

export function foldEntry(
  change: Change,
  seen: DirectoryObservation | 'gone',
  held: ChildState | undefined,
  rules: FoldRules,
): ChangeOutcome {
  const entry = seen === 'gone' ? null : directoryEntry(seen)
  const kept = seen === 'gone' ? null : keptOf(seen)
  const { fence } = change
  const observation =
    kept === null
      ? ({ kind: 'gone', fence } as const)
      : ({ kind: 'present', fence, hash: contentHash(kept.hashed) } as const)
  const folded = fold(held, observation, rules)
  if (folded.kind === 'stale' || folded.kind === 'dead') return ignored(folded.kind)
  const value = {
    workspace_id: change.workspace_id,
    kind: change.kind,
    ...folded.state,
    parents: [],
    body: kept?.body ?? null,
  }
  const state = { topic: 'crm.children', key: change.id, value, headers: stateHeaders(value) } as const
  if (folded.kind === 'same') return { result: 'same', outputs: [{ ...state, localOnly: true }] }
  return { result: 'applied', outputs: [state, nameChange(change, entry)] }
}

function nameChange(change: Change, entry: { readonly name: string | null; readonly card: Card } | null): Output {
  const about = { workspace: change.workspace_id, kind: change.kind as DirectoryKind, id: change.id }
  return entry === null ? deletedNameOutput(about) : nameOutput(about, entry.name, entry.card)
}
