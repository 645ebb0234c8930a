/**
 * A question as a search request of OpenSearch. Any word may match; what says more about what was meant weighs more. The
 * weights are from `make quality` (docs/benchmarks.md, Retrieval quality).
 */
import { IDENTIFYING, identifiersIn } from '../identifiers.ts'
import type { Asked } from '../question.ts'
import { MARKS } from '../snippet.ts'
import { type Clause, clauseOf } from './filter.ts'

const SHOWN = ['id', 'record_id', 'source', 'object_slug', 'title', 'web_url', 'created_at', 'metadata', 'unmapped']
/** Name of the clauses that only the very record meets. */
export const EXACT = 'exact'
const EXACT_BOOST = 10

export function requestOf({ workspace, text, filter, limit }: Asked): Clause {
  const only = [{ term: { workspace_id: workspace } }, { term: { deleted: false } }, clauseOf(filter)]
  const common = { size: limit, track_total_hits: false, _source: SHOWN }
  if (text === '')
    return {
      ...common,
      query: { bool: { filter: only } },
      sort: [{ created_at: 'desc' }, { record_id: 'asc' }],
      track_scores: true,
    }
  return {
    ...common,
    query: { bool: { filter: only, must: [{ bool: { should: meaningsOf(text), minimum_should_match: 1 } }] } },
    sort: ['_score', { record_id: 'asc' }],
    highlight: {
      pre_tags: [MARKS.open],
      post_tags: [MARKS.close],
      // The words as they are: phrases and misspellings cost more to mark in long texts than to find.
      highlight_query: { match: { text } },
      fields: { text: { type: 'unified', number_of_fragments: 3, fragment_size: 160, no_match_size: 160 } },
    },
  }
}

/** What the words may mean; a document's score is the sum of what it meets. */
function meaningsOf(query: string): readonly Clause[] {
  const identifiers = identifiersIn(query)
  const text = (more: object) => ({ match: { text: { query, ...more } } })
  const phrase = (field: string, slop: number, boost: number) => ({ match_phrase: { [field]: { query, slop, boost } } })
  return [
    // Any word. The text begins with the title, so the title needs no weight of its own.
    text({}),
    // Most of the words, and near each other.
    text({ minimum_should_match: '75%' }),
    phrase('text', 30, 2),
    phrase('text', 2, 2),
    phrase('title', 1, 3),
    // Half typed, and misspelt: every word must be meant, or half the names there are would match.
    { match_bool_prefix: { title: { query, operator: 'and', boost: 1 } } },
    { match: { title: { query, operator: 'and', fuzziness: 'AUTO', prefix_length: 1, boost: 2 } } },
    { term: { 'title.exact': { value: query, case_insensitive: true, boost: EXACT_BOOST, _name: EXACT } } },
    ...(identifiers.length === 0 ? [] : IDENTIFYING).map((name, n) => ({
      terms: { [`metadata.${name}`]: identifiers, boost: EXACT_BOOST, _name: `${EXACT} ${n}` },
    })),
  ]
}
