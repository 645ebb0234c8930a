/**
 * How well questions are answered. recall@10: the share of the answers among the first ten hits (of ten, where there are
 * more answers). MRR: the mean of 1 / rank of the first answer among them, 0 where there is none.
 */
import type { Mode, Search, TextStoreName } from '@attio-stream/search'
import type { Asking } from './questions.ts'

export interface Way {
  readonly name: string
  readonly mode: Mode
  readonly store?: TextStoreName
}
export const WAYS: readonly Way[] = [
  { name: 'Postgres text', mode: 'text', store: 'postgres' },
  { name: 'OpenSearch text', mode: 'text', store: 'opensearch' },
  { name: 'vector', mode: 'vector' },
  { name: 'hybrid', mode: 'hybrid', store: 'opensearch' },
]

const FIRST = 10

export interface Outcome {
  readonly asking: Asking
  readonly recall: number
  readonly reciprocal: number
}

export async function outcomes(
  search: Search,
  workspace: string,
  asked: readonly Asking[],
  way: Way,
): Promise<readonly Outcome[]> {
  const { mode, store } = way
  const found: Outcome[] = []
  for (const asking of asked) {
    const { text, filters, answers } = asking
    const { hits } = await search.find({ workspace, text, mode, store, limit: FIRST, ...filters })
    const right = hits.map(({ recordId }) => answers.has(recordId))
    const first = right.indexOf(true)
    found.push({
      asking,
      recall: right.filter(Boolean).length / Math.min(FIRST, answers.size),
      reciprocal: first < 0 ? 0 : 1 / (first + 1),
    })
  }
  return found
}

export interface Score {
  readonly questions: number
  readonly recall: number
  readonly mrr: number
}

export function scoreOf(given: readonly Outcome[]): Score {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    questions: given.length,
    recall: mean(given.map(({ recall }) => recall)),
    mrr: mean(given.map(({ reciprocal }) => reciprocal)),
  }
}

/** By kind of question, in their order, and last `all`. */
export function scores(given: readonly Outcome[]): ReadonlyMap<string, Score> {
  const kinds = Map.groupBy(given, ({ asking }) => asking.kind)
  return new Map([...kinds, ['all', given] as const].map(([kind, those]) => [kind, scoreOf(those)]))
}
