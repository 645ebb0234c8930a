/**
 * One filter condition on one attribute. Null is a value: `Eq null` finds rows without the attribute, the inverse operators
 * match them, `Lt` and `Lte` match them too unless compared with null (documentation: filtering parameters).
 */
import { filterError } from './api-error.ts'
import type { Scope } from './filter.ts'
import { globToRegex } from './glob.ts'
import type { Row } from './namespace.ts'
import type { Attribute } from './schema.ts'
import { tokenPredicate } from './token-predicate.ts'
import type { AttributeType, Scalar, ScalarType, Value } from './value.ts'
import { compareScalars, readScalar, readValue, typeName } from './value.ts'

export interface Predicate {
  matches(value: Value, incoming: Row | null): boolean
  /** Set when the condition is equality of a scalar with one of these. */
  readonly equalTo?: readonly Scalar[]
}

export function predicate(
  attribute: Attribute,
  operator: string,
  operand: unknown,
  options: unknown,
  scope: Scope,
): Predicate {
  const { name, type } = attribute
  const token = tokenPredicate(attribute, operator, operand, options)
  if (token) return token
  if (type.kind === 'vector') throw filterError(name, 'vector attributes are not filterable')
  if (/^(Not)?I?Glob$/.test(operator)) return glob(attribute, operator, operand)
  if (operator === 'Regex') return regex(attribute, operand)
  const test = TESTS[operator]
  if (!test) throw filterError(name, `unsupported filter operator '${operator}'`)
  if (!attribute.filterable)
    throw filterError(name, 'attribute is not filterable, set `filterable: true` in the schema')
  const { expects, matches } = test(type, name, operator)
  if (isRef(operand) && scope.allowsRefNew) {
    const ref = operand.$ref_new
    if (ref !== 'id' && !scope.schema.has(ref)) throw filterError(ref, 'attribute not found')
    const incomingValue = (incoming: Row | null) =>
      incoming === null ? null : ref === 'id' ? incoming.id : (incoming.values[ref] ?? null)
    return { matches: (value, incoming) => matches(value, incomingValue(incoming)) }
  }
  const read = readOperand(expects, operand)
  if (read === undefined) throw mismatch(name, operator, expects, operand)
  const scalar = !type.array && read !== null
  if (operator === 'Eq' && scalar) return { matches: (value) => matches(value, read), equalTo: [read as Scalar] }
  if (operator === 'In' && !type.array) return { matches: (value) => matches(value, read), equalTo: read as Scalar[] }
  return { matches: (value) => matches(value, read) }
}

interface Expects {
  readonly type: AttributeType
  readonly list: boolean
  readonly text: string
}
type Test = (
  type: ScalarType,
  name: string,
  operator: string,
) => { expects: Expects; matches(value: Value, operand: Value): boolean }

const one = (type: AttributeType): Expects => ({ type, list: false, text: typeName(type) })
const many = (type: ScalarType): Expects => {
  const element = { ...type, array: false }
  return { type: element, list: true, text: `[]${typeName(element)}` }
}
const manyOrOne = (type: ScalarType): Expects => ({
  ...many(type),
  text: `${typeName({ ...type, array: false })} or []${typeName({ ...type, array: false })}`,
})

function equal(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((element, i) => element === b[i])
  return a === b
}
/** A set per operand: lists of thousands of ids are common. */
const sets = new WeakMap<object, ReadonlySet<unknown>>()
function has(list: Value, value: Value): boolean {
  if (list === null) return false
  let set = sets.get(list as object)
  if (!set) {
    set = new Set(list as readonly Scalar[])
    sets.set(list as object, set)
  }
  return Array.isArray(value) ? value.some((element) => set.has(element)) : set.has(value)
}
const holds = (value: Value, element: Value) => Array.isArray(value) && value.includes(element as Scalar)

const not =
  (test: Test): Test =>
  (type, name, operator) => {
    const { expects, matches } = test(type, name, operator)
    return { expects, matches: (value, operand) => !matches(value, operand) }
  }
const isEqual: Test = (type) => ({ expects: one(type), matches: equal })
const isIn: Test = (type) => ({ expects: manyOrOne(type), matches: (value, list) => has(list, value) })
const overArray =
  (expects: (type: ScalarType) => Expects, matches: (value: Value, operand: Value) => boolean): Test =>
  (type, name, operator) => {
    if (!type.array)
      throw filterError(name, `type mismatch, ${operator} requires an array attribute, but it is ${typeName(type)}`)
    return { expects: expects(type), matches }
  }
const element = (type: ScalarType) => one({ ...type, array: false })
const contains = overArray(element, holds)
const containsAny = overArray(many, (value, list) => Array.isArray(value) && has(list, value))

type Order = (comparison: number) => boolean
const ordered =
  (accepts: Order, nullRow: (operand: Value) => boolean): Test =>
  (type, name, operator) => {
    if (type.array)
      throw filterError(name, `type mismatch, ${operator} requires a scalar attribute, but it is ${typeName(type)}`)
    return {
      expects: one(type),
      matches: (value, operand) => {
        if (value === null) return nullRow(operand)
        return operand === null ? accepts(1) : accepts(compareScalars(value as Scalar, operand as Scalar))
      },
    }
  }
const anyOrdered = (accepts: Order): Test =>
  overArray(
    element,
    (value, operand) =>
      Array.isArray(value) &&
      value.some((item: Scalar) => (operand === null ? accepts(1) : accepts(compareScalars(item, operand as Scalar)))),
  )
const less: Order = (c) => c < 0
const lessOrEqual: Order = (c) => c <= 0
const greater: Order = (c) => c > 0
const greaterOrEqual: Order = (c) => c >= 0

const TESTS: Readonly<Record<string, Test>> = {
  Eq: isEqual,
  NotEq: not(isEqual),
  In: isIn,
  NotIn: not(isIn),
  Contains: contains,
  NotContains: not(contains),
  ContainsAny: containsAny,
  NotContainsAny: not(containsAny),
  Lt: ordered(less, (operand) => operand !== null),
  Lte: ordered(lessOrEqual, () => true),
  Gt: ordered(greater, () => false),
  Gte: ordered(greaterOrEqual, (operand) => operand === null),
  AnyLt: anyOrdered(less),
  AnyLte: anyOrdered(lessOrEqual),
  AnyGt: anyOrdered(greater),
  AnyGte: anyOrdered(greaterOrEqual),
}

function isRef(operand: unknown): operand is { readonly $ref_new: string } {
  return (
    typeof operand === 'object' && operand !== null && '$ref_new' in operand && typeof operand.$ref_new === 'string'
  )
}

function readOperand(expects: Expects, operand: unknown): Value | undefined {
  if (!expects.list) return readValue(expects.type, operand)
  if (!Array.isArray(operand) || expects.type.kind === 'vector') return undefined
  const list: Scalar[] = []
  for (const item of operand) {
    const read = readScalar(expects.type.kind, item)
    if (read === undefined) return undefined
    list.push(read)
  }
  return list
}

const show = (operand: unknown): string => (Array.isArray(operand) ? `[${operand.join(', ')}]` : String(operand))
const mismatch = (name: string, operator: string, expects: Expects, operand: unknown) =>
  filterError(name, `type mismatch, ${operator} expects ${expects.text}, but got '${show(operand)}'`)

function glob({ name, type, glob, filterable }: Attribute, operator: string, operand: unknown): Predicate {
  if (type.kind !== 'string')
    throw filterError(name, `type mismatch, ${operator} requires string or []string, but it is ${typeName(type)}`)
  if (!glob && !filterable) throw filterError(name, `${operator} requires \`glob: true\` in the schema`)
  if (typeof operand !== 'string') throw mismatch(name, operator, one({ kind: 'string', array: false }), operand)
  let pattern: RegExp
  try {
    pattern = globToRegex(operand, operator.includes('IGlob'))
  } catch (error) {
    throw filterError(name, `invalid glob: ${(error as Error).message}`)
  }
  const found = (value: Value) =>
    Array.isArray(value)
      ? value.some((item) => pattern.test(item as string))
      : value !== null && pattern.test(value as string)
  return { matches: operator.startsWith('Not') ? (value) => !found(value) : found }
}

function regex({ name, type, regex: enabled }: Attribute, operand: unknown): Predicate {
  if (!enabled || type.kind !== 'string') throw filterError(name, 'Regex requires `regex: true` in the schema')
  if (typeof operand !== 'string') throw mismatch(name, 'Regex', one({ kind: 'string', array: false }), operand)
  let pattern: RegExp
  try {
    pattern = new RegExp(operand, 'u')
  } catch (error) {
    throw filterError(name, `invalid regex: ${(error as Error).message}`)
  }
  return { matches: (value) => typeof value === 'string' && pattern.test(value) }
}
