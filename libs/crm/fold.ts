/**
 * The fold: (state, observation) → next state, or nothing new. Decides by fences alone (R2, R4), so any order of arrival
 * of the same observations ends in the same state. What a state is made of, and where it is kept, is the caller's.
 */

/** What is known of a thing. `fence`: when the read behind it was sent, ms, Attio's clock. `hash`: of its content, '' when deleted. */
export interface FoldState {
  readonly fence: number
  readonly hash: string
  readonly deleted: boolean
}

export type Observation =
  | { readonly kind: 'present'; readonly fence: number; readonly hash: string }
  | { readonly kind: 'gone'; readonly fence: number }

export interface FoldRules {
  /** How far Attio's answers may trail its writes, ms (R3). */
  readonly lateReadMs: number
}
export const DEFAULT_RULES: FoldRules = { lateReadMs: 3_000 }

export type Folded =
  /** New content, or death. */
  | { readonly kind: 'applied'; readonly state: FoldState }
  /** Nothing a reader would see; only the fence is higher. */
  | { readonly kind: 'same'; readonly state: FoldState }
  /** Older than what is known. */
  | { readonly kind: 'stale' }
  /** A read that may be older than the deletion it met. */
  | { readonly kind: 'dead' }

export function fold(state: FoldState | undefined, seen: Observation, rules: FoldRules = DEFAULT_RULES): Folded {
  return seen.kind === 'present' ? foldPresent(state, seen, rules) : foldGone(state, seen, rules)
}

function foldPresent(
  state: FoldState | undefined,
  { fence, hash }: Observation & { readonly kind: 'present' },
  rules: FoldRules,
): Folded {
  const outdated = outranked(state, fence, rules)
  if (outdated !== undefined) return { kind: outdated }
  const next = { fence, hash, deleted: false }
  return { kind: state !== undefined && !state.deleted && hash === state.hash ? 'same' : 'applied', state: next }
}

/** What a read that shows the thing present comes to whatever it says, when it is too old to say anything. */
export function outranked(
  state: FoldState | undefined,
  fence: number,
  rules: FoldRules = DEFAULT_RULES,
): 'stale' | 'dead' | undefined {
  if (state === undefined) return undefined
  if (state.deleted) return fence > state.fence + rules.lateReadMs ? undefined : 'dead'
  return fence > state.fence ? undefined : 'stale'
}

/** A thing never seen still becomes deleted, so that a late read cannot raise it. */
function foldGone(state: FoldState | undefined, { fence }: Observation, rules: FoldRules): Folded {
  const next = { fence, hash: '', deleted: true }
  if (state === undefined) return { kind: 'applied', state: next }
  if (state.deleted) return fence > state.fence ? { kind: 'same', state: next } : { kind: 'stale' }
  return state.fence <= fence + rules.lateReadMs ? { kind: 'applied', state: next } : { kind: 'stale' }
}
