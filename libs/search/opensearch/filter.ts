/**
 * Filters as OpenSearch's queries. Custom attributes for which the mapping had no room are in `unmapped`, where their
 * text can be matched; ranges of those find nothing (sink-opensearch, README).
 */
import type { Field } from '../fields.ts'
import type { Checked } from '../filter.ts'

export type Clause = Readonly<Record<string, unknown>>

export function clauseOf(filter: Checked): Clause {
  switch (filter.kind) {
    case 'is': {
      const { field, value } = filter
      return eitherPlace(field, (path) => ({ term: { [path]: { value } } }))
    }
    case 'range': {
      const { field, atLeast, above, atMost, below } = filter
      const bounds = { gte: atLeast, gt: above, lte: atMost, lt: below }
      return { range: { [pathOf(field)]: bounds } }
    }
    case 'exists':
      return eitherPlace(filter.field, (field) => ({ exists: { field } }))
    case 'all':
      return { bool: { filter: filter.filters.map(clauseOf) } }
    case 'any':
      return filter.filters.length === 0
        ? { match_none: {} }
        : { bool: { should: filter.filters.map(clauseOf), minimum_should_match: 1 } }
    case 'not':
      return { bool: { must_not: [clauseOf(filter.filter)] } }
  }
}

function pathOf({ name, type }: Field): string {
  if (name === 'source') return name
  return type === 'text' ? `metadata.${name}.exact` : `metadata.${name}`
}

function eitherPlace(field: Field, clause: (path: string) => Clause): Clause {
  if (!field.custom) return clause(pathOf(field))
  return { bool: { should: [clause(pathOf(field)), clause(`unmapped.${field.name}`)], minimum_should_match: 1 } }
}
