/**
 * What became of each observation of one thing, and why: the very fold of libs/crm over the changes in the order compact had
 * them, held against the states it wrote. Where changes are gone (log compaction), it goes on from the states. Pure.
 */
import { keptOf, observe } from '@attio-stream/attio'
import type { Change } from '@attio-stream/contracts'
import { type Folded, type FoldRules, type FoldState, fold } from '@attio-stream/crm'
import { contentHash } from '@attio-stream/stream'
import { changedFields, type FieldChange } from './fields.ts'

export interface GivenChange {
  readonly key: string
  readonly at: number
  readonly offset: number
  /** null: a tombstone. undefined: nobody can read it. */
  readonly read: Change | null | undefined
}
/** A message of crm.records or crm.children. */
export interface GivenState {
  readonly at: number
  readonly offset: number
  /** null: forgotten. */
  readonly read: (FoldState & { readonly body: string | null }) | null
}

export interface Decision {
  readonly at: number
  readonly offset: number
  readonly fence: number | null
  readonly source: string | null
  readonly gone: boolean
  /** Characters of payload. */
  readonly size: number
  readonly result: Folded['kind'] | 'rejected' | 'forgotten'
  /** A sentence without customer text. */
  readonly reason: string
  /** What a reader would see changed, by field; of applied ones. */
  readonly fields: readonly FieldChange[]
  /** Offset of the state it became; null when it became none, or it is not in the topic (any more). */
  readonly state: number | null
}

export interface Decided {
  readonly decisions: readonly Decision[]
  /** What the fold says the state is now; undefined: nothing is known. */
  readonly folded: FoldState | undefined
  /** Offsets of states that come from no change that is still kept. */
  readonly unexplained: readonly number[]
}

type Held = (FoldState & { readonly body: string | null }) | undefined

export function decide(changes: readonly GivenChange[], states: readonly GivenState[], rules: FoldRules): Decided {
  const explained = new Set<number>()
  const kept = new Set(changes.map(({ read }) => read?.fence))
  let held: Held
  let next = 0
  const decisions: Decision[] = []
  /** States written before `at` that the changes so far do not lead to: what led to them is gone. */
  const catchUp = (at: number): void => {
    for (let state = states[next]; state !== undefined && state.at <= at; state = states[++next]) {
      // Clocks of two machines are compared here: a state whose change is kept waits for it.
      if (state.read !== null && kept.has(state.read.fence)) continue
      if (state.read === null) held = undefined
      else if (held === undefined || state.read.fence > held.fence) held = state.read
    }
  }
  for (const { key, at, offset, read } of changes) {
    catchUp(at)
    const about = {
      at,
      offset,
      fence: read?.fence ?? null,
      source: read?.source ?? null,
      gone: read?.gone ?? false,
      size: read?.payload?.length ?? 0,
    }
    const before = held
    const outcome = read === null ? 'forgotten' : observed(key, read, before, rules)
    if (outcome === 'forgotten') {
      held = undefined
      decisions.push({
        ...about,
        result: outcome,
        reason: 'A tombstone: the workspace is being erased.',
        fields: [],
        state: null,
      })
      continue
    }
    const { result, reason, state } = outcome
    const written = result === 'applied' && state !== undefined ? writtenAs(state, states, explained) : null
    if (written !== null) explained.add(written)
    const fields = result === 'applied' ? changedFields(before?.body ?? null, state?.body ?? null) : []
    if (state !== undefined) held = state
    decisions.push({ ...about, result, reason, fields, state: written })
  }
  catchUp(Number.POSITIVE_INFINITY)
  const unexplained = states
    .filter(({ offset, read }) => read !== null && !explained.has(offset))
    .map(({ offset }) => offset)
  return { decisions, folded: held === undefined ? undefined : stateOf(held), unexplained }
}

const stateOf = ({ fence, hash, deleted }: FoldState): FoldState => ({ fence, hash, deleted })

interface Outcome {
  readonly result: Decision['result']
  readonly reason: string
  readonly state?: Held
}

function observed(key: string, change: Change | undefined, held: Held, rules: FoldRules): Outcome {
  if (change === undefined) return { result: 'rejected', reason: 'Its bytes cannot be read.' }
  if (change.id !== key) return { result: 'rejected', reason: 'Its key is not the id of the thing it is about.' }
  const { fence } = change
  if (change.gone)
    return told(fold(held, { kind: 'gone', fence }, rules), { fence, gone: true, held, rules, body: null })
  const seen = observe(change)
  if (seen.kind === 'rejected') return { result: 'rejected', reason: seen.reason }
  const { body, hashed } = keptOf(seen)
  const folded = fold(held, { kind: 'present', fence, hash: contentHash(hashed) }, rules)
  return told(folded, { fence, gone: false, held, rules, body })
}

interface Telling {
  readonly fence: number
  readonly gone: boolean
  readonly held: Held
  readonly rules: FoldRules
  readonly body: string | null
}

function told(folded: Folded, telling: Telling): Outcome {
  const reason = reasonOf(folded.kind, telling)
  if (folded.kind === 'stale' || folded.kind === 'dead') return { result: folded.kind, reason }
  return { result: folded.kind, reason, state: { ...folded.state, body: telling.body } }
}

function reasonOf(result: Folded['kind'], { fence, gone, held, rules }: Telling): string {
  if (held === undefined)
    return gone
      ? 'Gone before it was ever seen; kept, so that no late read raises it.'
      : 'The first that is known of it.'
  const since = `${span(fence - held.fence)} after`
  switch (result) {
    case 'applied':
      if (gone)
        return `Attio said it is gone, in a read sent ${held.fence > fence ? `no more than ${span(rules.lateReadMs)} before` : since} the one known.`
      return held.deleted
        ? `A read sent ${since} its death, more than the ${span(rules.lateReadMs)} Attio may trail: it lives again.`
        : `A read sent ${since} the one known, with other content.`
    case 'same':
      return gone
        ? `Dead already; the death is now known to be ${since} the first.`
        : `The same content, in a read sent ${since} the one known.`
    case 'stale':
      if (gone && !held.deleted)
        return `Sent ${span(held.fence - fence)} before a read that saw it alive, more than the ${span(rules.lateReadMs)} Attio may trail.`
      return held.fence === fence
        ? 'Sent at the same instant as the read that is known: the first stays.'
        : `Sent ${span(held.fence - fence)} before the read that is known.`
    case 'dead':
      return fence > held.fence
        ? `Sent ${since} its death: within the ${span(rules.lateReadMs)} Attio may trail, so it may be older.`
        : `Sent ${span(held.fence - fence)} before its death.`
  }
}

/** The offset of the first state not taken yet that says exactly this. */
function writtenAs(state: FoldState, states: readonly GivenState[], taken: ReadonlySet<number>): number | null {
  const found = states.find(
    ({ offset, read }) =>
      read !== null &&
      !taken.has(offset) &&
      read.fence === state.fence &&
      read.hash === state.hash &&
      read.deleted === state.deleted,
  )
  return found?.offset ?? null
}

/** `340 ms`, `12.4 s`, `3 min`, `5 h`, `2 d` */
export function span(ms: number): string {
  if (ms < 1_000) return `${ms} ms`
  if (ms < 120_000) return `${Number((ms / 1_000).toFixed(1))} s`
  if (ms < 2 * 3_600_000) return `${Math.round(ms / 60_000)} min`
  return ms < 48 * 3_600_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`
}
