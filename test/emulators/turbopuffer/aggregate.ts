/** aggregate_by: Count and Sum over the rows a filter matched, whole or per group. */
import { malformed, refused } from './api-error.ts'
import { attributeNamed } from './filter.ts'
import type { HardLimits } from './limits.ts'
import type { Namespace, Row } from './namespace.ts'
import type { Scalar, Value } from './value.ts'
import { compareValues, showValue } from './value.ts'

type Body = Readonly<Record<string, unknown>>
type Fold = (rows: readonly Row[]) => number

export function aggregate(
  namespace: Namespace,
  body: Body,
  rows: readonly Row[],
  limits: HardLimits,
): Record<string, unknown> {
  const wanted = body.aggregate_by
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
    throw malformed('aggregate_by', 'expected a map')
  const folds = Object.entries(wanted).map(([label, fold]) => [label, foldOf(fold, namespace)] as const)
  if (folds.length === 0) throw refused('aggregate_by requires at least one function')
  const compute = (of: readonly Row[]) => Object.fromEntries(folds.map(([label, fold]) => [label, fold(of)]))
  const groupBy = body.group_by
  if (groupBy === undefined || groupBy === null) {
    if (body.top_k !== undefined) throw refused('top_k is not supported in aggregation queries without group_by')
    return { aggregations: compute(rows) }
  }
  if (!Array.isArray(groupBy)) throw malformed('group_by', 'expected a sequence')
  const keys = groupBy.map((key) => keyOf(key, namespace))
  const groups = new Map<string, { key: readonly Value[]; rows: Row[] }>()
  for (const row of rows) {
    for (const key of product(keys.map(({ values }) => values(row)))) {
      const name = JSON.stringify(key)
      const group = groups.get(name)
      if (group) group.rows.push(row)
      else groups.set(name, { key, rows: [row] })
    }
  }
  const limit = body.limit ?? body.top_k ?? limits.results
  const total = typeof limit === 'object' && limit !== null && 'total' in limit ? limit.total : limit
  const sorted = [...groups.values()].sort((a, b) => {
    for (const [i, value] of a.key.entries()) {
      const c = compareValues(value, b.key[i] ?? null)
      if (c !== 0) return c
    }
    return 0
  })
  return {
    aggregation_groups: sorted.slice(0, Number(total)).map((group) => ({
      ...Object.fromEntries(keys.map(({ label, show }, i) => [label, show(group.key[i] ?? null)])),
      ...compute(group.rows),
    })),
  }
}

function foldOf(input: unknown, namespace: Namespace): Fold {
  if (!Array.isArray(input)) throw malformed('aggregate_by', 'data did not match any variant of enum AggregateBy')
  const [name, attribute] = input as unknown[]
  if (name === 'Count') {
    if (attribute !== undefined && attribute !== 'id') {
      throw refused('aggregate_by with attributes other than "id" not yet supported')
    }
    return (rows) => rows.length
  }
  if (name !== 'Sum' || typeof attribute !== 'string')
    throw malformed('aggregate_by', 'data did not match any variant of enum AggregateBy')
  const { type } = attributeNamed(attribute, namespace)
  if (type.kind === 'vector' || type.array || !['int', 'uint', 'float'].includes(type.kind)) {
    throw refused(`Sum requires a scalar numeric attribute, but '${attribute}' is not`)
  }
  return (rows) => rows.reduce((sum, row) => sum + ((row.values[attribute] as number | null | undefined) ?? 0), 0)
}

function keyOf(
  input: unknown,
  namespace: Namespace,
): { label: string; values(row: Row): readonly Value[]; show(value: Value): unknown } {
  if (typeof input === 'string') {
    const { type } = attributeNamed(input, namespace)
    return {
      label: input,
      values: (row) => [input === 'id' ? row.id : (row.values[input] ?? null)],
      show: (value) => showValue(type, value, 'float'),
    }
  }
  const entry = typeof input === 'object' && input !== null ? Object.entries(input)[0] : undefined
  const [label, expression] = entry ?? []
  if (!label || !Array.isArray(expression) || expression[0] !== 'ForEachUnique' || typeof expression[1] !== 'string') {
    throw malformed('group_by', 'data did not match any variant of enum GroupBy')
  }
  const name = expression[1]
  const { type } = attributeNamed(name, namespace)
  if (type.kind === 'vector' || !type.array)
    throw refused(`ForEachUnique requires an array attribute, but '${name}' is not`)
  const scalar = { ...type, array: false }
  return {
    label,
    values: (row) => [...new Set((row.values[name] ?? []) as readonly Scalar[])],
    show: (value) => showValue(scalar, value, 'float'),
  }
}

function product(lists: readonly (readonly Value[])[]): Value[][] {
  return lists.reduce<Value[][]>((all, list) => all.flatMap((head) => list.map((value) => [...head, value])), [[]])
}
