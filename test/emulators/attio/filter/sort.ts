/** The `sorts` of a query → a comparison; items without a value come last in either direction. */
import { filterError, invalid } from '../errors.ts'
import type { Collection, Item, Value } from '../world/model.ts'
import { activeValues, attributeFor, type FilterContext, follow, readPath } from './compile.ts'
import { ruleOf, type Scalar } from './grammar.ts'

export interface Sort {
  readonly direction: 'asc' | 'desc'
  readonly byCreation: boolean
  readonly key: (item: Item) => Scalar | undefined
}

export function compileSorts(context: FilterContext, collection: Collection, raw: unknown): Sort[] {
  if (raw === undefined || raw === null) return []
  if (!Array.isArray(raw)) throw invalid('"sorts" must be an array.')
  return raw.map((given: Record<string, unknown>): Sort => {
    const direction = given?.direction
    if (direction !== 'asc' && direction !== 'desc') throw invalid('"direction" must be "asc" or "desc".')
    if (given.path !== undefined) {
      const steps = readPath(context, collection, given.path)
      const last = steps.at(-1) as (typeof steps)[number]
      const read = reader(last.attribute.type, given.field, last.attribute.slug)
      context.charge(2)
      return {
        direction,
        byCreation: false,
        key: (item) => {
          const end = follow(context, steps, item)[0]
          return end && read(activeValues(end, last.attribute, last.slot)[0])
        },
      }
    }
    if (typeof given.attribute !== 'string') throw invalid('A sort needs an "attribute" or a "path".')
    const { attribute, slot } = attributeFor(collection, given.attribute)
    if (attribute.slug === 'created_at') return { direction, byCreation: true, key: (item) => item.createdAt }
    const read = reader(attribute.type, given.field, attribute.slug)
    context.charge(1)
    return { direction, byCreation: false, key: (item) => read(activeValues(item, attribute, slot)[0]) }
  })
}

function reader(type: string, field: unknown, slug: string): (value: Value | undefined) => Scalar | undefined {
  const rule = ruleOf(type)
  const name = typeof field === 'string' ? field : (rule?.main ?? 'locality')
  const fieldRule = rule?.fields[name]
  if (!fieldRule) throw filterError(`Cannot sort on field "${name}" of attribute "${slug}".`)
  return (value) => (value === undefined ? undefined : (fieldRule.read(value) ?? undefined))
}

export function compareBy(sorts: readonly Sort[]): (a: Item, b: Item) => number {
  return (a, b) => {
    for (const { direction, key } of sorts) {
      const left = key(a)
      const right = key(b)
      if (left === right) continue
      if (left === undefined) return 1
      if (right === undefined) return -1
      return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1)
    }
    return 0
  }
}
