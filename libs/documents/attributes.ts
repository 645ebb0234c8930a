/**
 * The attributes of a record while its document is being written: what a section of its own shows is taken out, what is
 * left is shown under its title. Attributes that only say what other lines say already are never shown.
 */
import type { NamedAttribute } from '@attio-stream/crm'
import { boundaryBefore } from './grapheme.ts'
import { numberText, valueText } from './value-text.ts'

/** Shown in RECORD, or bookkeeping of a list entry. */
const BOOKKEEPING = new Set([
  'record_id',
  'entry_id',
  'list_id',
  'parent_record',
  'parent_object',
  'created_at',
  'created_by',
])

export class Attributes {
  readonly #left: Map<string, NamedAttribute>

  constructor(attributes: readonly NamedAttribute[]) {
    this.#left = new Map()
    for (const attribute of attributes) if (!BOOKKEEPING.has(attribute.slug)) this.#left.set(attribute.slug, attribute)
  }

  /** Undefined when it has no value, or was taken before. */
  take(slug: string): NamedAttribute | undefined {
    const attribute = this.#left.get(slug)
    this.#left.delete(slug)
    return attribute
  }

  /** The same, left where it is for another section to take. */
  peek(slug: string): NamedAttribute | undefined {
    return this.#left.get(slug)
  }

  /** In Attio's order. */
  rest(): readonly NamedAttribute[] {
    return [...this.#left.values()]
  }
}

/** All values, `, ` between them, or a line each where one has several lines; `and 37 more` for those not carried. */
export function attributeText(attribute: NamedAttribute, limit = Number.POSITIVE_INFINITY): string {
  const texts: string[] = []
  for (const value of attribute.values) {
    const text = valueText(value)
    if (text !== '') texts.push(text.length > limit ? cut(text, limit) : text)
  }
  const more = attribute.total - attribute.values.length
  if (more > 0) texts.push(texts.length === 0 ? `${more} not shown` : `and ${more} more`)
  return texts.join(texts.some((text) => text.includes('\n')) ? '\n' : ', ')
}

/** The beginning of a text that is too long, and how much is missing. */
export function cut(text: string, limit: number): string {
  const shown = text.slice(0, boundaryBefore(text, limit)).trimEnd()
  return `${shown} … (${numberText(text.length - shown.length)} more characters not shown)`
}
