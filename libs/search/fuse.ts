/**
 * Several rankings of documents as one, by reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): each
 * document gets 1 / (60 + rank) from every ranking it is in. Scores of different stores are never compared. What the
 * question names outright counts as one more ranking, so that what merely resembles it does not pass it.
 */
import type { Found, Hit, Standing, StoreName } from './hit.ts'

export const RRF_K = 60

export interface Ranking {
  readonly store: StoreName
  readonly found: readonly Found[]
}

/** The first ranking that has a document says what is shown of it; its snippets come from the first that has any. */
export function fuse(rankings: readonly Ranking[], limit: number): readonly Hit[] {
  const hits = new Map<string, Hit>()
  for (const { store, found } of rankings)
    for (const [index, one] of found.entries()) {
      const standing: Standing = { store, rank: index + 1, score: one.score }
      hits.set(one.recordId, joined(hits.get(one.recordId), one, standing))
    }
  const scored = [...hits.values()].map((hit) => ({ ...hit, score: scoreOf(hit) }))
  return scored.sort((a, b) => b.score - a.score || (a.recordId < b.recordId ? -1 : 1)).slice(0, limit)
}

function joined(held: Hit | undefined, one: Found, standing: Standing): Hit {
  if (held === undefined) return { ...one, from: [standing] }
  return {
    ...held,
    exact: held.exact || one.exact,
    snippets: held.snippets.length > 0 ? held.snippets : one.snippets,
    from: [...held.from, standing],
  }
}

const share = (rank: number): number => 1 / (RRF_K + rank)

function scoreOf({ from, exact }: Hit): number {
  return from.reduce((sum, { rank }) => sum + share(rank), exact ? share(1) : 0)
}
