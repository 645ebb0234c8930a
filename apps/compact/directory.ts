/**
 * A change of an object, list or member: its entry in the directory. crm.names is partitioned by its own key, so no table of
 * this partition can hold what the fold needs; the state is kept in crm.children, by thing id like the change itself.
 */
import type { ListObservation, MemberObservation, ObjectObservation } from '@attio-stream/attio'
import type { Change, ChildState } from '@attio-stream/contracts'
import { type Card, canonical, type FoldRules, fold } from '@attio-stream/crm'
import { contentHash, type Output } from '@attio-stream/stream'
import { deletedNameOutput, nameOutput } from './names.ts'
import { type ChangeOutcome, ignored, stateHeaders } from './outcome.ts'

export type EntryOfDirectory = ObjectObservation | ListObservation | MemberObservation
export type DirectoryKind = EntryOfDirectory['kind']

export function isDirectoryKind(kind: string): kind is DirectoryKind {
  return kind === 'object' || kind === 'list' || kind === 'member'
}

export function foldEntry(
  change: Change,
  seen: EntryOfDirectory | 'gone',
  held: ChildState | undefined,
  rules: FoldRules,
): ChangeOutcome {
  const entry = seen === 'gone' ? null : { name: nameOf(seen), card: cardOf(seen) }
  const body = entry === null ? null : canonical(entry)
  const { fence } = change
  const observation =
    body === null ? ({ kind: 'gone', fence } as const) : ({ kind: 'present', fence, hash: contentHash(body) } as const)
  const folded = fold(held, observation, rules)
  if (folded.kind === 'stale' || folded.kind === 'dead') return ignored(folded.kind)
  const value = { workspace_id: change.workspace_id, kind: change.kind, ...folded.state, parents: [], body }
  const state = { topic: 'crm.children', key: change.id, value, headers: stateHeaders(value) } as const
  if (folded.kind === 'same') return { result: 'same', outputs: [{ ...state, localOnly: true }] }
  return { result: 'applied', outputs: [state, nameChange(change, entry)] }
}

function nameChange(change: Change, entry: { readonly name: string | null; readonly card: Card } | null): Output {
  const about = { workspace: change.workspace_id, kind: change.kind as DirectoryKind, id: change.id }
  return entry === null ? deletedNameOutput(about) : nameOutput(about, entry.name, entry.card)
}

function nameOf(seen: EntryOfDirectory): string | null {
  return seen.kind === 'object' ? (seen.plural ?? seen.singular ?? seen.slug) : seen.name
}

function cardOf(seen: EntryOfDirectory): Card {
  switch (seen.kind) {
    case 'object': {
      const { kind, slug, singular, plural, attributes } = seen
      return { kind, slug, singular, plural, attributes }
    }
    case 'list':
      return { kind: seen.kind, slug: seen.slug, attributes: seen.attributes }
    case 'member':
      return { kind: seen.kind, email: seen.email }
  }
}
