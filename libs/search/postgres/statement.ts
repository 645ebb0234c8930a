/**
 * A question as one statement over the view `documents`, with its parameters. Any word may match; documents with all of
 * them come first, and before those the one the question names.
 */
import { IDENTIFYING, identifiersIn } from '../identifiers.ts'
import type { Asked } from '../question.ts'
import { MARKS } from '../snippet.ts'
import { conditionSql } from './filter.ts'

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

const SHOWN = 'record_id, id, source, object_slug, title, metadata, web_url, created_at'
/** Further into a long text the headline is not worth its time. */
const HEADLINE_CHARACTERS = 50_000
const HEADLINE = `StartSel=${MARKS.open},StopSel=${MARKS.close},FragmentDelimiter=${MARKS.between},MaxFragments=3,MaxWords=28,MinWords=8`

export function statementOf({ workspace, text, filter, limit }: Asked, schema: string): Statement {
  const values: unknown[] = []
  const bind = (value: unknown) => `$${values.push(value)}`
  const only = `from "${schema}".documents, asked where workspace_id = ${bind(workspace)} and ${conditionSql(filter, bind)}`
  if (text === '')
    return {
      text: `with asked as (select) select ${SHOWN}, 0::float8 as score, false as exact, null as marked ${only}
        order by created_at desc, record_id limit ${bind(limit)}`,
      values,
    }
  const question = `${bind(text)}::text`
  const named = namedSql(identifiersIn(text), bind)
  return {
    text: `with asked as (${askedSql(question)}),
      found as (
        select ${SHOWN}, text, anyof, (lower(title) = lower(${question}) or ${named}) as exact,
          ts_rank(search, anyof, 1) + case when search @@ allof then 1 else 0 end
            + case when to_tsvector('english', title) @@ allof then 1 else 0 end as score
        ${only} and (search @@ anyof or ${named})
        order by exact desc, score desc, record_id limit ${bind(limit)})
      select ${SHOWN}, score::float8 as score, exact,
        ts_headline('english', left(text, ${HEADLINE_CHARACTERS}), anyof, '${HEADLINE}') as marked
      from found order by exact desc, score desc, record_id`,
    values,
  }
}

/** Any of the words, which Postgres has no function for, the last one perhaps half typed; and all of them. */
function askedSql(question: string): string {
  const quoted = `'''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || ''''`
  const begun = `case when positions[array_upper(positions, 1)] = max(positions[array_upper(positions, 1)]) over () then ':*' else '' end`
  return `select string_agg(word, ' | ')::tsquery as anyof, plainto_tsquery('english', ${question}) as allof
    from (select ${quoted} || ${begun} as word from unnest(to_tsvector('english', ${question}))) words`
}

function namedSql(identifiers: readonly string[], bind: (value: unknown) => string): string {
  const holds = identifiers.flatMap((value) =>
    IDENTIFYING.map(
      (name) => `metadata @> ${bind(JSON.stringify({ [name]: name === 'record_id' ? value : [value] }))}::jsonb`,
    ),
  )
  return holds.length === 0 ? 'false' : `(${holds.join(' or ')})`
}
