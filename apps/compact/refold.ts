/**
 * A change folded long ago, folded once more with the code of today (a replay). Only the very observation a living state came
 * from can change it; what died or was forgotten is never raised, and nobody is asked for anything.
 */
import { type Observation, type Rejection, recordContent } from '@attio-stream/attio'
import type { Change, ChildState, RecordState } from '@attio-stream/contracts'
import { recordCard } from '@attio-stream/crm'
import type { Output, Restepped } from '@attio-stream/stream'
import { marked } from './marks.ts'
import { nameOutput } from './names.ts'
import type { ChangeOutcome } from './outcome.ts'

type State = RecordState | ChildState

export interface Refolding {
  readonly held: State | undefined
  readonly read: () => Observation | Rejection
  readonly fold: (seen: Observation, held: State) => ChangeOutcome
  /** Write the directory entry of every record, also where it cannot be told to differ. */
  readonly entries: boolean
}

export function refold(change: Change, { held, read, fold, entries }: Refolding): Restepped {
  // The topic keeps the change that came last, which need not be the one that was read last.
  if (change.gone || held === undefined || held.deleted || change.fence < held.fence) return 'superseded'
  const seen = read()
  if (seen.kind === 'rejected') return 'unreadable'
  const same = change.fence === held.fence
  // The state as it was just before this observation: then the fold compares what they say.
  const outcome = fold(seen, same ? { ...held, fence: held.fence - 1 } : held)
  const outputs = marked({ ...change, source: 'backfill' }, held, outcome)
  const written = same ? outputs.filter(({ localOnly }) => localOnly !== true) : outputs
  return entries && seen.kind === 'record' ? withEntry(written, change, seen) : written
}

function withEntry(
  outputs: readonly Output[],
  { workspace_id: workspace, id }: Change,
  seen: Extract<Observation, { readonly kind: 'record' }>,
): readonly Output[] {
  if (outputs.some(({ topic }) => topic === 'crm.names')) return outputs
  const content = recordContent(seen)
  return [...outputs, nameOutput({ workspace, kind: 'record', id }, content.name, recordCard(content))]
}
