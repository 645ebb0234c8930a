/**
 * Filters as SQL over the column `metadata`. Values are parameters, never text of the statement. Whole values use the
 * index on metadata; ranges and presence are looked at row by row.
 */
import type { Field } from '../fields.ts'
import type { Checked, Value } from '../filter.ts'

/** Collects parameters and gives each its `$n`. */
export type Bind = (value: unknown) => string

export function conditionSql(filter: Checked, bind: Bind): string {
  switch (filter.kind) {
    case 'is':
      return isSql(filter.field, filter.value, bind)
    case 'range': {
      const { field, atLeast, above, atMost, below } = filter
      const ends = Object.entries({ '>=': atLeast, '>': above, '<=': atMost, '<': below })
      const { guard, read, type } = readOf(field, bind)
      const compared = ends.flatMap(([operator, end]) =>
        end === undefined ? [] : [`${read} ${operator} ${bind(end)}::${type}`],
      )
      // A case is the only order of evaluation Postgres keeps: what is no number is never cast to one.
      return `case when ${guard} then ${compared.join(' and ')} else false end`
    }
    case 'exists':
      return filter.field.name === 'source' ? 'source is not null' : `metadata ? ${bind(filter.field.name)}::text`
    case 'all':
      return joined(filter.filters, 'and', 'true', bind)
    case 'any':
      return joined(filter.filters, 'or', 'false', bind)
    case 'not':
      return `not coalesce(${conditionSql(filter.filter, bind)}, false)`
  }
}

function joined(filters: readonly Checked[], word: string, empty: string, bind: Bind): string {
  return filters.length === 0 ? empty : `(${filters.map((one) => conditionSql(one, bind)).join(` ${word} `)})`
}

function isSql(field: Field, value: Value, bind: Bind): string {
  if (field.name === 'source') return `source = ${bind(value)}`
  const held = field.type === 'keyword[]' ? [value] : value
  return `metadata @> ${bind(JSON.stringify({ [field.name]: held }))}::jsonb`
}

function readOf(field: Field, bind: Bind): { guard: string; read: string; type: string } {
  const name = `${bind(field.name)}::text`
  const text = `metadata->>${name}`
  return field.type === 'date'
    ? {
        guard: `${text} ~ '^\\d{4}-\\d{2}-\\d{2}' and pg_input_is_valid(${text}, 'timestamptz')`,
        read: `(${text})::timestamptz`,
        type: 'timestamptz',
      }
    : { guard: `jsonb_typeof(metadata->${name}) = 'number'`, read: `(${text})::numeric`, type: 'numeric' }
}
