/**
 * A change of a record: its next state, and its entry in the directory when what others show of it changed. The entry is
 * read from the content alone, so the last one emitted need not be remembered: the last content says what it was.
 */
import { keptOf, type RecordObservation, recordContent } from '@attio-stream/attio'
import type { Change, RecordState } from '@attio-stream/contracts'
import { canonical, type FoldRules, fold, type RecordContent, recordCard } from '@attio-stream/crm'
import { contentHash, type Output } from '@attio-stream/stream'
import { deletedNameOutput, nameOutput } from './names.ts'
import { type ChangeOutcome, ignored, stateHeaders } from './outcome.ts'

export function foldRecord(
  change: Change,
  seen: RecordObservation | 'gone',
  held: RecordState | undefined,
  rules: FoldRules,
): ChangeOutcome {
  return seen === 'gone' ? bury(change, held, rules) : apply(change, seen, held, rules)
}

function apply(
  change: Change,
  seen: RecordObservation,
  held: RecordState | undefined,
  rules: FoldRules,
): ChangeOutcome {
  const { body, hashed } = keptOf(seen)
  const folded = fold(held, { kind: 'present', fence: change.fence, hash: contentHash(hashed) }, rules)
  if (folded.kind === 'stale' || folded.kind === 'dead') return ignored(folded.kind)
  const state = { workspace_id: change.workspace_id, object_id: seen.object, ...folded.state, body }
  if (folded.kind === 'same') return { result: 'same', outputs: [stateOutput(change.id, state, true)] }
  const content = recordContent(seen)
  const card = recordCard(content)
  const about = { workspace: change.workspace_id, kind: 'record', id: change.id } as const
  const names = isKnownAs(held, content.name, canonical(card)) ? [] : [nameOutput(about, content.name, card)]
  return { result: 'applied', outputs: [stateOutput(change.id, state), ...names] }
}

function bury(change: Change, held: RecordState | undefined, rules: FoldRules): ChangeOutcome {
  const folded = fold(held, { kind: 'gone', fence: change.fence }, rules)
  if (folded.kind === 'stale' || folded.kind === 'dead') return ignored(folded.kind)
  const object = held?.object_id ?? change.object_id ?? ''
  const state = { workspace_id: change.workspace_id, object_id: object, ...folded.state, body: null }
  if (folded.kind === 'same') return { result: 'same', outputs: [stateOutput(change.id, state, true)] }
  const name = deletedNameOutput({ workspace: change.workspace_id, kind: 'record', id: change.id })
  return { result: 'applied', outputs: [stateOutput(change.id, state), name] }
}

/** Whether the directory already shows the record by this name and card. */
function isKnownAs(held: RecordState | undefined, name: string | null, card: string): boolean {
  if (held === undefined || held.deleted || held.body === null) return false
  const before = JSON.parse(held.body) as RecordContent
  return before.name === name && canonical(recordCard(before)) === card
}

function stateOutput(key: string, value: RecordState, local = false): Output {
  const output = { topic: 'crm.records', key, value, headers: stateHeaders(value) } as const
  return local ? { ...output, localOnly: true } : output
}
