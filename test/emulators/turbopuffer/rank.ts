/**
 * rank_by: how the rows of an answer are found and ordered. By vector (ANN and kNN are both exact here), by text score
 * (BM25 and the operators over it), or by attributes. A score of zero is not a result; distances are ascending, scores
 * descending, ties by id.
 */
import { filterError, malformed, refused } from './api-error.ts'
import type { Scope } from './filter.ts'
import { attributeNamed, compileFilter } from './filter.ts'
import type { HardLimits } from './limits.ts'
import type { Metric, Namespace, Row } from './namespace.ts'
import { tokenize } from './tokens.ts'
import { compareValues, readScalar, readVector, typeName } from './value.ts'

export type Ranking =
  | { readonly kind: 'order'; readonly compare: (a: Row, b: Row) => number }
  | {
      readonly kind: 'distance'
      readonly exact: boolean
      readonly attribute: string
      readonly of: (row: Row) => number | null
    }
  | { readonly kind: 'score'; readonly score: Score }

export interface Score {
  of(row: Row): number
  /** Every row with a score other than zero is among these; null: look at all. */
  readonly candidates: ReadonlySet<Row> | null
}
interface RankScope extends Scope {
  readonly namespace: Namespace
  readonly limits: HardLimits
}

const malformedRank = () => malformed('rank_by', 'data did not match any variant of enum a valid variant of RankInput')

export function readRanking(input: unknown, scope: RankScope): Ranking {
  if (!Array.isArray(input)) throw malformedRank()
  if (input.length === 0) throw refused('rank_by cannot be empty')
  const [head, operator, operand] = input as unknown[]
  if (input.every((each) => Array.isArray(each))) return byAttributes(input as unknown[][], scope)
  if (operator === 'asc' || operator === 'desc') return byAttributes([input], scope)
  if (operator === 'ANN' || operator === 'kNN') return byVector(String(head), operator, operand, scope)
  return { kind: 'score', score: readScore(input, scope) }
}

function byAttributes(orders: readonly (readonly unknown[])[], scope: RankScope): Ranking {
  const keys = orders.map(([name, direction]) => {
    if (typeof name !== 'string' || (direction !== 'asc' && direction !== 'desc')) throw malformedRank()
    const attribute = attributeNamed(name, scope)
    if (!attribute.filterable || (attribute.type.kind !== 'vector' && attribute.type.array)) {
      throw refused(`attribute '${name}' cannot be used to order results`)
    }
    return { name, sign: direction === 'asc' ? 1 : -1 }
  })
  return {
    kind: 'order',
    compare: (a, b) => {
      for (const { name, sign } of keys) {
        const c =
          name === 'id' ? compareValues(a.id, b.id) : compareValues(a.values[name] ?? null, b.values[name] ?? null)
        if (c !== 0) return c * sign
      }
      return compareValues(a.id, b.id)
    },
  }
}

function byVector(name: string, operator: 'ANN' | 'kNN', operand: unknown, scope: RankScope): Ranking {
  const attribute = attributeNamed(name, scope)
  if (attribute.type.kind !== 'vector') throw refused(`attribute '${name}' is not a vector`)
  const query = readVector(operand)
  if (!query) throw malformedRank()
  if (query.length !== attribute.type.dims) {
    throw refused(
      `vector in query has ${query.length} dimensions, but attribute '${name}' is ${typeName(attribute.type)}`,
    )
  }
  const distance = distanceTo(query, scope.namespace.metric ?? 'cosine_distance')
  return {
    kind: 'distance',
    exact: operator === 'kNN',
    attribute: name,
    of: (row) => {
      const vector = row.values[name]
      return vector instanceof Float32Array ? distance(vector) : null
    },
  }
}

function distanceTo(query: Float32Array, metric: Metric): (vector: Float32Array) => number {
  if (metric !== 'cosine_distance') {
    const squared = (vector: Float32Array) => {
      let sum = 0
      for (let i = 0; i < query.length; i++) sum += ((query[i] as number) - (vector[i] as number)) ** 2
      return sum
    }
    return metric === 'euclidean' ? (vector) => Math.sqrt(squared(vector)) : squared
  }
  const length = Math.hypot(...query)
  return (vector) => {
    let dot = 0
    let square = 0
    for (let i = 0; i < query.length; i++) {
      const element = vector[i] as number
      dot += (query[i] as number) * element
      square += element * element
    }
    const lengths = length * Math.sqrt(square)
    return lengths === 0 ? 1 : Math.max(0, 1 - dot / lengths)
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number'
const union = (sets: readonly (ReadonlySet<Row> | null)[]): ReadonlySet<Row> | null => {
  const all = new Set<Row>()
  for (const set of sets) {
    if (!set) return null
    for (const row of set) all.add(row)
  }
  return all
}

function readScore(input: unknown, scope: RankScope): Score {
  if (!Array.isArray(input)) throw malformedRank()
  const [head, second, third, options] = input as unknown[]
  if ((head === 'Sum' || head === 'Max') && Array.isArray(second)) {
    const parts = second.map((part) => readScore(part, scope))
    const candidates = union(parts.map((part) => part.candidates))
    return head === 'Sum'
      ? { candidates, of: (row) => parts.reduce((sum, part) => sum + part.of(row), 0) }
      : { candidates, of: (row) => parts.reduce((most, part) => Math.max(most, part.of(row)), 0) }
  }
  if (head === 'Product' && (isNumber(second) || isNumber(third))) {
    const [weight, part] = isNumber(second) ? [second, third] : [third as number, second]
    if (weight < 0) throw refused('Product requires a non-negative weight')
    const inner = readScore(part, scope)
    return { candidates: inner.candidates, of: (row) => weight * inner.of(row) }
  }
  if (head === 'Attribute' && typeof second === 'string') return attributeScore(second, scope)
  if (head === 'Dist') return distScore(second, third, scope)
  if (head === 'Saturate' || head === 'Decay') return curve(head, second, third, scope)
  if (second === 'BM25' && typeof head === 'string') return bm25(head, third, options, scope)
  if (typeof second !== 'string' && head !== 'And' && head !== 'Or' && head !== 'Not') throw malformedRank()
  const filter = compileFilter(input, scope)
  return { candidates: filter.candidates(), of: (row) => (filter.matches(row, null) ? 1 : 0) }
}

function attributeScore(name: string, scope: RankScope): Score {
  const { type } = attributeNamed(name, scope)
  if (type.kind === 'vector' || type.array || !['int', 'uint', 'float', 'datetime'].includes(type.kind)) {
    throw refused(`attribute '${name}' is not numeric`)
  }
  return { candidates: null, of: (row) => (row.values[name] as number | null | undefined) ?? 0 }
}

function distScore(part: unknown, origin: unknown, scope: RankScope): Score {
  const inner = readScore(part, scope)
  const from = typeof origin === 'string' ? readScalar('datetime', origin) : origin
  if (!isNumber(from)) throw malformedRank()
  return { candidates: null, of: (row) => Math.abs(inner.of(row) - from) }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 }
function midpointOf(value: unknown): number {
  if (isNumber(value) && value > 0) return value
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(value) : null
  if (!match) throw refused('midpoint must be a positive number or a duration')
  return Number(match[1]) * (UNITS[match[2] as string] as number)
}

function curve(kind: 'Saturate' | 'Decay', part: unknown, options: unknown, scope: RankScope): Score {
  const inner = readScore(part, scope)
  const { midpoint, exponent = 1 } = (options ?? {}) as { midpoint?: unknown; exponent?: unknown }
  const mid = midpointOf(midpoint) ** Number(exponent)
  const raised = (row: Row) => Math.max(0, inner.of(row)) ** Number(exponent)
  return kind === 'Saturate'
    ? { candidates: inner.candidates, of: (row) => raised(row) / (raised(row) + mid) }
    : { candidates: null, of: (row) => mid / (raised(row) + mid) }
}

function bm25(name: string, query: unknown, options: unknown, scope: RankScope): Score {
  const attribute = attributeNamed(name, scope)
  const index = scope.namespace.fullText(attribute)
  if (!index) throw filterError(name, 'BM25 requires full-text search to be enabled for the attribute')
  const pre = index.config.tokenizer === 'pre_tokenized_array'
  if (pre ? !Array.isArray(query) : typeof query !== 'string') {
    const got = Array.isArray(query) ? `[${query.join(', ')}]` : String(query)
    throw refused(`invalid input '${got}' for rank_by field "${name}", expecting ${pre ? '[]string' : 'string'}`)
  }
  if (typeof query === 'string' && query.length > scope.limits.fullTextQueryLength) {
    throw refused(`full-text query is too long, limit is currently ${scope.limits.fullTextQueryLength} characters`)
  }
  const prefix =
    typeof options === 'object' && options !== null && 'last_as_prefix' in options && options.last_as_prefix === true
  const scores = index.scores(tokenize(query as string | readonly string[], index.config), prefix)
  return { candidates: new Set(scores.keys()), of: (row) => scores.get(row) ?? 0 }
}
