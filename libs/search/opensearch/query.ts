/** A question as a search request of OpenSearch. */
import type { Asked } from '../question.ts'
import { MARKS } from '../snippet.ts'
import { type Clause, clauseOf } from './filter.ts'

const SHOWN = ['id', 'record_id', 'source', 'object_slug', 'title', 'web_url', 'created_at', 'metadata', 'unmapped']

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
    query: { bool: { filter: only, must: [wordsOf(text)] } },
    sort: ['_score', { record_id: 'asc' }],
    highlight: {
      pre_tags: [MARKS.open],
      post_tags: [MARKS.close],
      fields: { text: { type: 'unified', number_of_fragments: 3, fragment_size: 160, no_match_size: 160 } },
    },
  }
}

function wordsOf(query: string): Clause {
  return { multi_match: { query, fields: ['title', 'text'] } }
}
