/**
 * A filter → a test on one item, or 400 filter_error. Shorthand, fields, operators, $and/$or/$not and paths
 * through references, five steps deep at most; sibling keys are ANDed.
 */
import { ApiError, filterError } from '../errors.ts'
import type { Attribute, Collection, Item, Value, Workspace } from '../world/model.ts'
import type { View } from '../world/ordered.ts'
import { optionOf } from '../world/schema.ts'
import { virtualSlot } from '../world/virtual.ts'
import { type Operator, ruleOf, testOf } from './grammar.ts'

export type Test = (item: Item) => boolean
type Raw = Readonly<Record<string, unknown>>

export interface FilterContext {
  readonly workspace: Workspace
  /** Items of any collection as the reader sees them. */
  readonly view: (collection: Collection) => View<Item>
  /** Counts what the filter costs (api.md section 5). */
  readonly charge: (score: number) => void
}

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)

export function compileFilter(context: FilterContext, collection: Collection, filter: unknown): Test {
  if (!isRaw(filter)) throw filterError('A filter must be an object.')
  if ('path' in filter) return pathTest(context, collection, filter)
  const tests = Object.entries(filter).map(([key, raw]): Test => {
    if (key === '$and' || key === '$or') {
      if (!Array.isArray(raw)) throw filterError(`"${key}" must be an array of filters.`)
      const parts = raw.map((each) => compileFilter(context, collection, each))
      return key === '$and' ? (item) => parts.every((part) => part(item)) : (item) => parts.some((part) => part(item))
    }
    if (key === '$not') {
      const part = compileFilter(context, collection, raw)
      return (item) => !part(item)
    }
    if (key.startsWith('$')) throw filterError(`Unknown operator "${key}".`)
    return condition(context, collection, attributeFor(collection, key), raw)
  })
  return (item) => tests.every((test) => test(item))
}

export function attributeFor(collection: Collection, ref: string): { attribute: Attribute; slot: number } {
  const slot = collection.index.get(ref)
  const attribute = slot === undefined ? undefined : collection.attributes[slot]
  if (slot === undefined || !attribute || attribute.archived)
    throw filterError(`Unknown attribute "${ref}" on ${collection.kind} "${collection.slug}".`)
  return { attribute, slot }
}

export function activeValues(item: Item, attribute: Attribute, slot: number): readonly Value[] {
  if (attribute.virtual) return virtualSlot(item, attribute.slug)
  const values = item.slots[slot]
  return values ? values.filter((value) => value.until === null) : []
}

function condition(
  context: FilterContext,
  collection: Collection,
  { attribute, slot }: { attribute: Attribute; slot: number },
  raw: unknown,
): Test {
  const { test, ofNothing } = valueTest(context, collection, attribute, raw)
  return (item) => {
    const values = activeValues(item, attribute, slot)
    return values.length === 0 ? ofNothing : values.some(test)
  }
}

/** All named fields must hold on the same value; `ofNothing` is the answer for an attribute without values. */
function valueTest(
  context: FilterContext,
  collection: Collection,
  attribute: Attribute,
  raw: unknown,
): { test: (value: Value) => boolean; ofNothing: boolean } {
  context.charge(1)
  const rule = ruleOf(attribute.type)
  if (!rule) throw filterError(`Attributes of type "${attribute.type}" cannot be filtered.`)
  const conditions: [string, Operator, unknown][] = []
  const spread = (field: string, given: unknown) => {
    if (isRaw(given))
      for (const [operator, operand] of Object.entries(given)) conditions.push([field, operator as Operator, operand])
    else conditions.push([field, '$eq', given])
  }
  const needMain = () => {
    if (rule.main === null) throw filterError(`Filtering on "${attribute.slug}" needs a field.`)
    return rule.main
  }
  if (!isRaw(raw)) spread(needMain(), raw)
  else
    for (const [key, given] of Object.entries(raw)) {
      if (key.startsWith('$')) conditions.push([needMain(), key as Operator, given])
      else spread(key, given)
    }
  if (conditions.length === 0) throw filterError(`The condition on "${attribute.slug}" is empty.`)
  const tests = conditions.map(([field, operator, operand]) => {
    const fieldRule = rule.fields[field]
    if (!fieldRule) throw filterError(`Unknown field "${field}" on attribute "${attribute.slug}".`)
    if (!fieldRule.operators.includes(operator))
      throw filterError(`Operator "${operator}" cannot be used on "${attribute.slug}" (${attribute.type}).`)
    const test = testOf(fieldRule, operator, resolve(context, collection, attribute, field, operand))
    if (!test) throw filterError(`Invalid value for "${operator}" on attribute "${attribute.slug}".`)
    return test
  })
  const ofNothing = conditions.every(([, operator, operand]) => operator === '$not_empty' && operand === false)
  return { test: (value) => tests.every((test) => test(value)), ofNothing }
}

/** Titles and slugs in a filter → the ids that values hold. */
function resolve(
  context: FilterContext,
  _collection: Collection,
  attribute: Attribute,
  field: string,
  operand: unknown,
) {
  if ((field === 'option' || field === 'status') && typeof operand === 'string')
    try {
      return optionOf(attribute, operand).id
    } catch (cause) {
      if (cause instanceof ApiError)
        throw filterError(`Unknown ${field} "${operand}" on attribute "${attribute.slug}".`)
      throw cause
    }
  if (field === 'target_object' && typeof operand === 'string')
    for (const object of context.workspace.objects.values()) if (object.slug === operand) return object.id
  return operand
}

function pathTest(context: FilterContext, collection: Collection, filter: Raw): Test {
  const steps = readPath(context, collection, filter.path)
  const extra = Object.keys(filter).filter((key) => key !== 'path' && key !== 'constraints')
  if (extra.length > 0) throw filterError(`Unexpected key "${extra[0]}" beside "path".`)
  const last = steps.at(-1) as Step
  context.charge(2 * steps.length)
  const { test, ofNothing } = valueTest(context, last.collection, last.attribute, filter.constraints)
  return (item) => {
    const ends = follow(context, steps, item)
    return ends.some((end) => {
      const values = activeValues(end, last.attribute, last.slot)
      return values.length === 0 ? ofNothing : values.some(test)
    })
  }
}

export interface Step {
  readonly collection: Collection
  readonly attribute: Attribute
  readonly slot: number
}

/** Pairs of (object or list, attribute); the first names what is queried, each next what the one before refers to. */
export function readPath(context: FilterContext, collection: Collection, path: unknown): Step[] {
  if (!Array.isArray(path) || path.length === 0 || path.length > 5) throw filterError('"path" must hold 1 to 5 pairs.')
  return path.map((pair, i): Step => {
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((part) => typeof part !== 'string'))
      throw filterError('Each step of "path" must be a pair of strings.')
    const [where, ref] = pair as [string, string]
    const named = [...context.workspace.objects.values(), ...context.workspace.lists.values()].find(
      (candidate) => candidate.id === where || candidate.slug === where,
    )
    if (!named?.enabled) throw filterError(`Unknown object or list "${where}" in "path".`)
    if (i === 0 && named !== collection) throw filterError('"path" must begin with the object or list that is queried.')
    const { attribute, slot } = attributeFor(named, ref)
    if (i < path.length - 1 && attribute.type !== 'record-reference')
      throw filterError(`Attribute "${ref}" in "path" is not a reference.`)
    return { collection: named, attribute, slot }
  })
}

/** The items at the last step of a path, reached through references. */
export function follow(context: FilterContext, steps: readonly Step[], item: Item): Item[] {
  let here = [item]
  for (let i = 0; i < steps.length - 1; i++) {
    const step = steps[i] as Step
    const next = (steps[i + 1] as Step).collection
    const view = context.view(next)
    here = here.flatMap((each) =>
      activeValues(each, step.attribute, step.slot).flatMap((value) => {
        const target = value.attribute_type === 'record-reference' ? view.get(value.record) : undefined
        return target ? [target] : []
      }),
    )
  }
  return here
}
