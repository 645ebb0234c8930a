/**
 * A query: checked, filtered, ranked, limited, and shown with the attributes asked for; or aggregated. Always strongly
 * consistent; `eventual` is accepted and answers the same.
 */

import { aggregate } from './aggregate.ts'
import { malformed, refused } from './api-error.ts'
import type { Filter, Scope } from './filter.ts'
import { compileFilter, everything, select } from './filter.ts'
import type { HardLimits } from './limits.ts'
import type { Namespace, Row } from './namespace.ts'
import type { Ranking } from './rank.ts'
import { readRanking } from './rank.ts'
import type { Value } from './value.ts'
import { compareValues, showValue, valueBytes } from './value.ts'

export type Body = Readonly<Record<string, unknown>>
export interface Answer {
  readonly body: Record<string, unknown>
  readonly returnedBytes: number
}

export function runQuery(namespace: Namespace, body: Body, limits: HardLimits): Answer {
  checkConsistency(body.consistency)
  const encoding = encodingOf(body.vector_encoding)
  if (body.queries === undefined) return single(namespace, body, encoding, limits)
  const queries = body.queries
  if (!Array.isArray(queries)) throw malformed('queries', `invalid type: ${typeof queries}, expected a sequence`)
  if (queries.length === 0) throw refused('must send at least one sub-query')
  if (queries.length > limits.subQueries) {
    throw refused(
      `multi-query exceeds per-namespace concurrency budget: requires ${queries.length} permits, max is ${limits.subQueries} (see https://turbopuffer.com/docs/limits)`,
    )
  }
  const answers = queries.map((query: unknown, i) => {
    if (typeof query !== 'object' || query === null) throw malformed(`queries[${i}]`, 'expected struct QueryRankBy')
    return single(namespace, query as Body, encoding, limits)
  })
  const results = answers.map((answer) => answer.body)
  const rerank = body.rerank_by
  return {
    body: { results: rerank === undefined ? results : [{ rows: fuse(results, rerank) }] },
    returnedBytes: answers.reduce((sum, answer) => sum + answer.returnedBytes, 0),
  }
}

function single(namespace: Namespace, body: Body, encoding: 'float' | 'base64', limits: HardLimits): Answer {
  const scope: Scope = { schema: namespace.schema, idType: namespace.idType, namespace, allowsRefNew: false }
  const given = body.filters !== undefined && body.filters !== null
  const filter = given ? compileFilter(body.filters, scope) : everything
  if (body.aggregate_by !== undefined) {
    if (body.rank_by !== undefined) throw refused('rank_by and aggregate_by cannot be specified together')
    return { body: aggregate(namespace, body, select(namespace, filter), limits), returnedBytes: 0 }
  }
  if (body.rank_by === undefined) throw refused('must specify rank_by or aggregate_by')
  const ranking = readRanking(body.rank_by, { ...scope, namespace, limits })
  if (ranking.kind === 'distance' && ranking.exact && !given) throw refused('kNN requires filters')
  const { total, per } = limitOf(body, limits)
  if (per && ranking.kind !== 'order') throw refused('`limit.per` is only supported when ranking by an attribute')
  const names = attributesOf(body, namespace)
  const ranked = rank(namespace, ranking, filter, total, per)
  let returnedBytes = 0
  const rows = ranked.map(({ row, dist }) => {
    const shown: Record<string, unknown> = dist === undefined ? { id: row.id } : { $dist: dist, id: row.id }
    returnedBytes += valueBytes(row.id)
    for (const name of names ?? Object.keys(row.values)) {
      const value = row.values[name] ?? null
      if (name === 'id' || (value === null && !names)) continue
      const attribute = namespace.schema.get(name)
      if (attribute) shown[name] = showValue(attribute.type, value, encoding)
      returnedBytes += valueBytes(value)
    }
    return shown
  })
  return { body: { rows }, returnedBytes }
}

interface Ranked {
  readonly row: Row
  readonly dist: number | undefined
}

function rank(namespace: Namespace, ranking: Ranking, filter: Filter, total: number, per: Per | undefined): Ranked[] {
  switch (ranking.kind) {
    case 'order': {
      const rows = select(namespace, filter).sort(ranking.compare)
      return (per ? diversify(rows, per) : rows).slice(0, total).map((row) => ({ row, dist: undefined }))
    }
    case 'distance': {
      const near: { row: Row; dist: number }[] = []
      for (const row of select(namespace, filter)) {
        const dist = ranking.of(row)
        if (dist !== null) near.push({ row, dist })
      }
      return near.sort((a, b) => a.dist - b.dist || compareValues(a.row.id, b.row.id)).slice(0, total)
    }
    case 'score': {
      const found: { row: Row; dist: number }[] = []
      const { candidates } = ranking.score
      const pool = candidates ? [...candidates].filter((row) => filter.matches(row, null)) : select(namespace, filter)
      for (const row of pool) {
        const dist = ranking.score.of(row)
        if (dist > 0) found.push({ row, dist })
      }
      return found.sort((a, b) => b.dist - a.dist || compareValues(a.row.id, b.row.id)).slice(0, total)
    }
  }
}

interface Per {
  readonly attributes: readonly string[]
  readonly limit: number
}

function diversify(rows: readonly Row[], { attributes, limit }: Per): Row[] {
  const taken = new Map<string, number>()
  return rows.filter((row) => {
    const key = JSON.stringify(attributes.map((name) => row.values[name] ?? null))
    const count = (taken.get(key) ?? 0) + 1
    taken.set(key, count)
    return count <= limit
  })
}

function limitOf(body: Body, limits: HardLimits): { total: number; per: Per | undefined } {
  const limit = body.limit ?? body.top_k
  if (limit === undefined || limit === null) throw refused('rank_by queries must specify top_k or limit')
  const object = typeof limit === 'object' ? (limit as { total?: unknown; per?: Per }) : { total: limit }
  const { total } = object
  if (typeof total !== 'number' || !Number.isInteger(total)) {
    throw malformed('limit', 'data did not match any variant of untagged enum LimitInput')
  }
  if (total < 1 || total > limits.results) throw refused(`top_k must be between 1 and ${limits.results}`)
  return { total, per: object.per }
}

/** The attributes to show; undefined: all that have a value. */
function attributesOf(body: Body, namespace: Namespace): readonly string[] | undefined {
  const include = body.include_attributes
  const exclude = body.exclude_attributes
  if (exclude !== undefined && exclude !== null) {
    if (include !== undefined) throw refused('cannot specify both include_attributes and exclude_attributes')
    if (!Array.isArray(exclude))
      throw malformed('exclude_attributes', `invalid type: ${typeof exclude}, expected a sequence`)
    return [...namespace.schema.keys()].filter((name) => !exclude.includes(name))
  }
  if (include === true) return undefined
  if (include === undefined || include === null || include === false) return []
  if (!Array.isArray(include)) throw malformed('include_attributes', 'data did not match any variant of untagged enum')
  for (const name of include as string[]) {
    if (name !== 'id' && !namespace.schema.has(name)) {
      throw refused(
        `attribute "${name}" not found in schema, cannot be part of \`include_attributes\`. consider passing \`include_attributes=True\` to return all attribute data instead`,
      )
    }
  }
  return include as string[]
}

function checkConsistency(consistency: unknown): void {
  if (consistency === undefined || consistency === null) return
  if (typeof consistency !== 'object') {
    throw malformed(
      'consistency',
      `invalid type: ${typeof consistency} "${String(consistency)}", expected struct Consistency`,
    )
  }
  if (!('level' in consistency)) throw malformed('consistency', 'missing field `level`')
  if (consistency.level !== 'strong' && consistency.level !== 'eventual') {
    throw malformed(
      'consistency.level',
      `unknown variant \`${String(consistency.level)}\`, expected \`strong\` or \`eventual\``,
    )
  }
}

function encodingOf(encoding: unknown): 'float' | 'base64' {
  if (encoding === undefined || encoding === null || encoding === 'float') return 'float'
  if (encoding === 'base64') return 'base64'
  throw malformed('vector_encoding', `unknown variant \`${String(encoding)}\`, expected \`float\` or \`base64\``)
}

/** Reciprocal rank fusion of the sub-queries' rows. */
function fuse(results: readonly Record<string, unknown>[], rerank: unknown): unknown[] {
  if (!Array.isArray(rerank) || rerank[0] !== 'RRF')
    throw malformed('rerank_by', 'data did not match any variant of enum RerankBy')
  const { rank_constant: constant = 60, weights = [] } = (rerank[1] ?? {}) as {
    rank_constant?: number
    weights?: number[]
  }
  const fused = new Map<Value, { row: Record<string, unknown>; score: number }>()
  for (const [i, result] of results.entries()) {
    for (const [at, row] of ((result.rows ?? []) as Record<string, unknown>[]).entries()) {
      const id = row.id as Value
      const entry = fused.get(id) ?? { row, score: 0 }
      entry.score += (weights[i] ?? 1) / (constant + at + 1)
      fused.set(id, entry)
    }
  }
  const rows = [...fused.values()].sort((a, b) => b.score - a.score)
  return rows.map(({ row, score }) => ({ ...row, $dist: score }))
}
