/**
 * Several rankings of documents as one, by reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): each
 * document gets 1 / (60 + rank) from every ranking it is in. Scores of different stores are never compared.
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
  for (const { store, found } of rankings) {
    for (const [index, one] of found.entries()) {
      const standing: Standing = { store, rank: index + 1, score: one.score }
      const share = 1 / (RRF_K + standing.rank)
      const held = hits.get(one.recordId)
      hits.set(
        one.recordId,
        held === undefined
          ? { ...one, score: share, from: [standing] }
          : {
              ...held,
              score: held.score + share,
              snippets: held.snippets.length > 0 ? held.snippets : one.snippets,
              from: [...held.from, standing],
            },
      )
    }
  }
  return [...hits.values()].sort((a, b) => b.score - a.score || (a.recordId < b.recordId ? -1 : 1)).slice(0, limit)
}
