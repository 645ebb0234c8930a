/**
 * A change of a note, task or list entry: its next state, filed under the records it belongs to now and taken from those it
 * left (R6). A record whose view of the child did not change gets no message.
 */
import { type ChildObservation, keptOf } from '@attio-stream/attio'
import type { Change, ChildState } from '@attio-stream/contracts'
import { type FoldRules, fold } from '@attio-stream/crm'
import { contentHash, type Output } from '@attio-stream/stream'
import { type ChangeOutcome, ignored, stateHeaders } from './outcome.ts'

export function foldChild(
  change: Change,
  seen: ChildObservation | 'gone',
  held: ChildState | undefined,
  rules: FoldRules,
): ChangeOutcome {
  return seen === 'gone' ? bury(change, held, rules) : apply(change, seen, held, rules)
}

function apply(change: Change, seen: ChildObservation, held: ChildState | undefined, rules: FoldRules): ChangeOutcome {
  const { body, parents, hashed } = keptOf(seen)
  const folded = fold(held, { kind: 'present', fence: change.fence, hash: contentHash(hashed) }, rules)
  if (folded.kind === 'stale' || folded.kind === 'dead') return ignored(folded.kind)
  const state = { workspace_id: change.workspace_id, kind: seen.kind, ...folded.state, parents, body }
  if (folded.kind === 'same') return { result: 'same', outputs: [stateOutput(change.id, state, true)] }
  const left = (held?.parents ?? []).filter((parent) => !parents.includes(parent))
  const shown = held?.body === body ? parents.filter((parent) => !held.parents.includes(parent)) : parents
  return {
    result: 'applied',
    outputs: [
      stateOutput(change.id, state),
      ...left.map((parent) => detached(parent, change)),
      ...shown.map((parent) => attached(parent, change, body)),
    ],
  }
}

function bury(change: Change, held: ChildState | undefined, rules: FoldRules): ChangeOutcome {
  const folded = fold(held, { kind: 'gone', fence: change.fence }, rules)
  if (folded.kind === 'stale' || folded.kind === 'dead') return ignored(folded.kind)
  const state = { workspace_id: change.workspace_id, kind: change.kind, ...folded.state, parents: [], body: null }
  if (folded.kind === 'same') return { result: 'same', outputs: [stateOutput(change.id, state, true)] }
  const left = (held?.parents ?? []).map((parent) => detached(parent, change))
  return { result: 'applied', outputs: [stateOutput(change.id, state), ...left] }
}

interface Child {
  readonly workspace_id: string
  readonly kind: string
  readonly id: string
}

function attached(record: string, { workspace_id, kind, id }: Child, body: string): Output {
  const hash = contentHash(body)
  const value = { workspace_id, record_id: record, kind, id, hash, body }
  return { topic: 'crm.attachments', key: `${record}/${kind}/${id}`, value, headers: { workspace: workspace_id, hash } }
}

export function detached(record: string, { workspace_id, kind, id }: Child): Output {
  return { topic: 'crm.attachments', key: `${record}/${kind}/${id}`, value: null, headers: { workspace: workspace_id } }
}

function stateOutput(key: string, value: ChildState, local = false): Output {
  const output = { topic: 'crm.children', key, value, headers: stateHeaders(value) } as const
  return local ? { ...output, localOnly: true } : output
}
