/**
 * Filters and write conditions: compiled once against the schema (type errors are found there), then asked row by row.
 * A compiled filter also knows which rows can match at all, from the equality indexes, so that an Or over hundreds of
 * documents looks only at their rows. The single tests are in predicate.ts.
 */
import { filterError, malformed } from './api-error.ts'
import type { Namespace, Row } from './namespace.ts'
import { predicate } from './predicate.ts'
import type { Attribute, Schema } from './schema.ts'
import { attributeOf } from './schema.ts'
import type { Scalar } from './value.ts'

/** What a filter is read against. `namespace` is undefined while the first write to it is being checked. */
export interface Scope {
  readonly schema: Schema
  readonly idType: 'uint' | 'uuid' | 'string'
  readonly namespace: Namespace | undefined
  /** Conditions may name the incoming value with `{"$ref_new": attribute}`. */
  readonly allowsRefNew: boolean
}

export interface Filter {
  /** `incoming`: the row being written, in a condition; null for a delete. */
  matches(row: Row, incoming: Row | null): boolean
  /** The rows that may match; null when only a look at every row can tell. */
  candidates(): ReadonlySet<Row> | null
  /** Every candidate matches. */
  readonly exact: boolean
}

export const everything: Filter = { matches: () => true, candidates: () => null, exact: false }

export function compileFilter(input: unknown, scope: Scope): Filter {
  if (!Array.isArray(input)) throw malformed('filters', 'data did not match any variant of untagged enum FiltersInput')
  const [head, second, third, options] = input as unknown[]
  if (input.length === 2 && (head === 'And' || head === 'Or') && Array.isArray(second)) {
    const children = second.map((child) => compileFilter(child, scope))
    return head === 'And' ? both(children) : either(children, scope)
  }
  if (input.length === 2 && head === 'Not') {
    const inner = compileFilter(second, scope)
    return { matches: (row, incoming) => !inner.matches(row, incoming), candidates: () => null, exact: false }
  }
  if (typeof head !== 'string' || typeof second !== 'string' || input.length < 3) {
    throw malformed('filters', 'data did not match any variant of untagged enum FiltersInput')
  }
  return leaf(attributeNamed(head, scope), second, third, options, scope)
}

export function attributeNamed(name: string, scope: Pick<Scope, 'schema' | 'idType'>): Attribute {
  if (name === 'id') return attributeOf('id', { kind: scope.idType, array: false })
  const attribute = scope.schema.get(name)
  if (!attribute) throw filterError(name, 'attribute not found')
  return attribute
}

/** All rows of the namespace the filter matches. */
export function select(namespace: Namespace, filter: Filter): Row[] {
  const candidates = filter.candidates()
  if (candidates && filter.exact) return [...candidates]
  const found: Row[] = []
  for (const row of candidates ?? namespace.rows.values()) if (filter.matches(row, null)) found.push(row)
  return found
}

function both(children: readonly Filter[]): Filter {
  return {
    matches: (row, incoming) => children.every((child) => child.matches(row, incoming)),
    candidates: () => {
      let smallest: ReadonlySet<Row> | null = null
      for (const child of children) {
        const candidates = child.candidates()
        if (candidates && (!smallest || candidates.size < smallest.size)) smallest = candidates
      }
      return smallest
    },
    exact: false,
  }
}

function either(children: readonly Filter[], scope: Scope): Filter {
  return {
    matches: (row, incoming) => children.some((child) => child.matches(row, incoming)),
    candidates: () => {
      if (!scope.namespace) return null
      const found = new Set<Row>()
      for (const child of children) {
        const candidates = child.candidates()
        if (!candidates) return null
        for (const row of candidates) if (child.exact || child.matches(row, null)) found.add(row)
      }
      return found
    },
    exact: true,
  }
}

function leaf(attribute: Attribute, operator: string, operand: unknown, options: unknown, scope: Scope): Filter {
  const test = predicate(attribute, operator, operand, options, scope)
  const indexed = test.equalTo
  return {
    matches: (row, incoming) =>
      test.matches(attribute.name === 'id' ? row.id : (row.values[attribute.name] ?? null), incoming),
    candidates: () =>
      indexed && scope.namespace
        ? scope.namespace.rowsEqual(attribute.name, indexed as readonly (Scalar | null)[])
        : null,
    exact: indexed !== undefined,
  }
}
