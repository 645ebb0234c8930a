/**
 * Filters as turbopuffer's. A namespace refuses names it has never seen, so a condition on such a name is one that no row
 * meets.
 */
import type { Filter } from '@turbopuffer/turbopuffer/resources/custom'
import type { Field } from '../fields.ts'
import type { Checked } from '../filter.ts'

/** Every row has an ordinal from 0 on. */
const NOTHING: Filter = ['ordinal', 'Lt', 0]
const EVERYTHING: Filter = ['ordinal', 'Gte', 0]

/** `known`: attributes of the namespace. */
export function filterOf(filter: Checked, known: ReadonlySet<string>): Filter {
  switch (filter.kind) {
    case 'is': {
      const { field, value } = filter
      return has(field, known, ({ name, type }) =>
        type === 'keyword[]' ? [name, 'Contains', value] : [name, 'Eq', value],
      )
    }
    case 'range': {
      const { field, atLeast, above, atMost, below } = filter
      return has(field, known, ({ name }) => {
        const ends: Filter[] = []
        if (atLeast !== undefined) ends.push([name, 'Gte', atLeast])
        if (above !== undefined) ends.push([name, 'Gt', above])
        if (atMost !== undefined) ends.push([name, 'Lte', atMost])
        if (below !== undefined) ends.push([name, 'Lt', below])
        // Null is below everything: what is absent is in no range.
        return ['And', [[name, 'NotEq', null], ...ends]]
      })
    }
    case 'exists':
      return has(filter.field, known, ({ name }) => [name, 'NotEq', null])
    case 'all':
      return joined('And', filter.filters, EVERYTHING, known)
    case 'any':
      return joined('Or', filter.filters, NOTHING, known)
    case 'not':
      return ['Not', filterOf(filter.filter, known)]
  }
}

function has(field: Field, known: ReadonlySet<string>, condition: (field: Field) => Filter): Filter {
  return known.has(field.name) ? condition(field) : NOTHING
}

function joined(word: 'And' | 'Or', filters: readonly Checked[], empty: Filter, known: ReadonlySet<string>): Filter {
  const inner = filters.map((one) => filterOf(one, known))
  return inner.length === 0 ? empty : [word, inner]
}
