/** A question as one statement over the view `documents`, with its parameters. */
import type { Asked } from '../question.ts'
import { MARKS } from '../snippet.ts'
import { conditionSql } from './filter.ts'

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

const SHOWN = 'record_id, id, source, object_slug, title, metadata, web_url, created_at'
/** Some way into a long text the headline is not worth its time. */
const HEADLINE_CHARACTERS = 50_000
const HEADLINE = `StartSel=${MARKS.open},StopSel=${MARKS.close},FragmentDelimiter=${MARKS.between},MaxFragments=3,MaxWords=28,MinWords=8`

export function statementOf({ workspace, text, filter, limit }: Asked, schema: string): Statement {
  const values: unknown[] = []
  const bind = (value: unknown) => `$${values.push(value)}`
  const view = `"${schema}".documents`
  const only = () => `workspace_id = ${bind(workspace)} and ${conditionSql(filter, bind)}`
  if (text === '')
    return {
      text: `select ${SHOWN}, 0::float8 as score, null as marked from ${view} where ${only()}
        order by created_at desc, record_id limit ${bind(limit)}`,
      values,
    }
  const asked = `${bind(text)}::text`
  return {
    text: `with asked as (${askedSql(asked)}),
      found as (
        select ${SHOWN}, text, asked.anyof,
          ts_rank(search, asked.anyof, 1) + case when search @@ asked.allof then 1 else 0 end as score
        from ${view}, asked where search @@ asked.anyof and ${only()}
        order by score desc, record_id limit ${bind(limit)})
      select ${SHOWN}, score::float8 as score,
        ts_headline('english', left(text, ${HEADLINE_CHARACTERS}), anyof, '${HEADLINE}') as marked
      from found order by score desc, record_id`,
    values,
  }
}

/** Any of the words, which Postgres has no function for; and all of them, which weighs most. */
function askedSql(text: string): string {
  const quoted = `'''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || ''''`
  return `select string_agg(${quoted}, ' | ')::tsquery as anyof, plainto_tsquery('english', ${text}) as allof
    from unnest(to_tsvector('english', ${text}))`
}
