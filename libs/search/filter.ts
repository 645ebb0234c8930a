/**
 * What a document must be, in one typed language for all stores: whole values, ranges, presence, and their combinations.
 * `checked` finds every mistake before a store is asked; the compilers beside each store take only what it returns.
 */
import { QuestionError } from './errors.ts'
import { type Field, fieldOf } from './fields.ts'

export type Value = string | number | boolean

/** A date is a day or an instant in ISO 8601; a day means all of it, in UTC. */
export type Filter =
  /** The field is this value, or has it among its values. Text is compared whole, as it is written. */
  | { readonly kind: 'is'; readonly field: string; readonly value: Value }
  | { readonly kind: 'oneOf'; readonly field: string; readonly values: readonly Value[] }
  /** Of numbers and dates. */
  | ({ readonly kind: 'range'; readonly field: string } & Bounds<number | string>)
  | { readonly kind: 'exists'; readonly field: string }
  | { readonly kind: 'all'; readonly filters: readonly Filter[] }
  | { readonly kind: 'any'; readonly filters: readonly Filter[] }
  /** A document without the field is not the value. */
  | { readonly kind: 'not'; readonly filter: Filter }

interface Bounds<T> {
  readonly atLeast?: T
  readonly above?: T
  readonly atMost?: T
  readonly below?: T
}

/** Names are known, values have the type of their field, dates are instants. */
export type Checked =
  | { readonly kind: 'is'; readonly field: Field; readonly value: Value }
  | ({ readonly kind: 'range'; readonly field: Field } & Bounds<number | string>)
  | { readonly kind: 'exists'; readonly field: Field }
  | { readonly kind: 'all'; readonly filters: readonly Checked[] }
  | { readonly kind: 'any'; readonly filters: readonly Checked[] }
  | { readonly kind: 'not'; readonly filter: Checked }

/** Filters in filters beyond this are a mistake, and would be a burden to the stores. */
const DEEPEST = 20
const MOST_VALUES = 1_000

/** @throws QuestionError */
export function checked(filter: Filter, depth = 0): Checked {
  if (depth > DEEPEST) throw new QuestionError(`Filters are nested more than ${DEEPEST} deep; say it more plainly.`)
  const inner = (one: Filter) => checked(one, depth + 1)
  switch (filter.kind) {
    case 'is':
      return isOf(fieldOf(filter.field), filter.value)
    case 'oneOf': {
      if (filter.values.length > MOST_VALUES)
        throw new QuestionError(`A filter takes up to ${MOST_VALUES} values, not ${filter.values.length}.`)
      const field = fieldOf(filter.field)
      return { kind: 'any', filters: filter.values.map((value) => isOf(field, value)) }
    }
    case 'range':
      return rangeOf(fieldOf(filter.field), filter)
    case 'exists':
      return { kind: 'exists', field: fieldOf(filter.field) }
    case 'all':
    case 'any':
      return { kind: filter.kind, filters: filter.filters.map(inner) }
    case 'not':
      return { kind: 'not', filter: inner(filter.filter) }
  }
}

/** Every field the filter names. */
export function fieldsIn(filter: Checked): readonly Field[] {
  switch (filter.kind) {
    case 'is':
    case 'range':
    case 'exists':
      return [filter.field]
    case 'all':
    case 'any':
      return filter.filters.flatMap(fieldsIn)
    case 'not':
      return fieldsIn(filter.filter)
  }
}

function isOf(field: Field, value: Value): Checked {
  switch (field.type) {
    case 'keyword':
    case 'keyword[]':
    case 'text':
      if (typeof value !== 'string') throw wrong(field, 'a text', value)
      return { kind: 'is', field, value }
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong(field, 'true or false', value)
      return { kind: 'is', field, value }
    case 'number':
    case 'integer':
      return { kind: 'is', field, value: numberOf(field, value) }
    case 'date':
      return rangeOf(field, { atLeast: value as string, atMost: value as string })
  }
}

function rangeOf(field: Field, { atLeast, above, atMost, below }: Bounds<number | string>): Checked {
  const given = { atLeast, above, atMost, below }
  const bounds = Object.entries(given).flatMap(([bound, value]) =>
    value === undefined ? [] : ([[bound, value]] as const),
  )
  if (bounds.length === 0)
    throw new QuestionError(`The range of ${field.name} has no end: give atLeast, above, atMost or below.`)
  switch (field.type) {
    case 'number':
    case 'integer':
      return {
        kind: 'range',
        field,
        ...Object.fromEntries(bounds.map(([bound, value]) => [bound, numberOf(field, value)])),
      }
    case 'date':
      return {
        kind: 'range',
        field,
        ...Object.fromEntries(bounds.map(([bound, value]) => dateBound(field, bound, value))),
      }
    case 'keyword':
    case 'keyword[]':
    case 'text':
    case 'boolean':
      throw new QuestionError(
        `${field.name} has no order: a range needs a number or a date, for example value or created_at.`,
      )
  }
}

function numberOf(field: Field, value: Value): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(field, 'a number', value)
  if (field.type === 'integer' && !Number.isSafeInteger(value)) throw wrong(field, 'a whole number', value)
  return value
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/
const DAY_MS = 86_400_000

/** Up to a day means to its end, after a day means from the next one on. */
function dateBound(field: Field, bound: string, value: Value): readonly [bound: string, instant: string] {
  if (typeof value !== 'string' || !(DAY.test(value) || INSTANT.test(value)))
    throw wrong(field, 'a day such as 2026-11-20 or an instant such as 2026-11-20T09:12:00Z', value)
  const ms = Date.parse(value)
  if (Number.isNaN(ms)) throw wrong(field, 'a date of the calendar', value)
  const at = (shift: number) => new Date(ms + shift).toISOString()
  if (!DAY.test(value) || bound === 'atLeast' || bound === 'below') return [bound, at(0)]
  return [bound === 'above' ? 'atLeast' : 'below', at(DAY_MS)]
}

function wrong(field: Field, wanted: string, value: Value): QuestionError {
  const kind = typeof value === 'string' ? `the text "${value.slice(0, 60)}"` : String(value)
  return new QuestionError(`The field ${field.name} takes ${wanted}, not ${kind}.`)
}
