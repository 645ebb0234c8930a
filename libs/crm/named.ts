/**
 * Values with the names of what they refer to, and attributes with their titles in Attio's order. References to deleted
 * records are left out and not counted; beyond MAX_REFERENCES values are counted, not shown.
 */
import { MAX_REFERENCES, type NamedActor, type NamedAttribute, type NamedValue } from './artifact.ts'
import type { AttributeCard } from './directory.ts'
import type { NameLookup } from './join.ts'
import { isMember } from './references.ts'
import type { Actor, Value, Values } from './value.ts'

/** Attributes in the order of `cards`, those without a card last, by slug. Empty ones are left out. */
export function namedAttributes(
  values: Values,
  cards: readonly AttributeCard[],
  name: NameLookup,
): readonly NamedAttribute[] {
  const named: NamedAttribute[] = []
  const known = new Set<string>()
  for (const card of cards) {
    const list = Object.hasOwn(values, card.slug) && !known.has(card.slug) ? values[card.slug] : undefined
    known.add(card.slug)
    if (list !== undefined) pushAttribute(named, card, list, name)
  }
  const others = Object.keys(values).filter((slug) => !known.has(slug))
  for (const slug of others.sort()) {
    const list = values[slug]
    if (list === undefined) continue
    pushAttribute(named, { slug, title: titleOf(slug), type: typeOf(list), currency: null }, list, name)
  }
  return named
}

type About = Pick<AttributeCard, 'slug' | 'title' | 'type' | 'currency'>

function pushAttribute(named: NamedAttribute[], about: About, list: readonly Value[], name: NameLookup): void {
  const shown = list.length > MAX_REFERENCES ? list.slice(0, MAX_REFERENCES) : list
  const values: NamedValue[] = []
  for (const value of shown) {
    const read = namedValue(value, about, name)
    if (read !== null) values.push(read)
  }
  const total = list.length - (shown.length - values.length)
  if (total > 0) named.push({ slug: about.slug, title: about.title, type: about.type, total, values })
}

/** Null when it refers to a deleted record. */
function namedValue(value: Value, about: About, name: NameLookup): NamedValue | null {
  switch (value.kind) {
    case 'record-reference': {
      const entry = name('record', value.record)
      if (entry?.deleted === true) return null
      const card = entry?.card?.kind === 'record' ? entry.card : null
      return { ...value, name: entry?.name ?? null, card }
    }
    case 'actor-reference':
      return { kind: value.kind, actor: namedActor(value.actor, name) }
    case 'interaction':
      return { ...value, owner: value.owner === null ? null : namedActor(value.owner, name) }
    case 'currency':
      return value.code === null && about.currency !== null ? { ...value, code: about.currency } : value
    case 'text':
    case 'number':
    case 'checkbox':
    case 'date':
    case 'timestamp':
    case 'rating':
    case 'status':
    case 'select':
    case 'location':
    case 'domain':
    case 'email-address':
    case 'phone-number':
    case 'personal-name':
    case 'unknown':
      return value
  }
}

export function namedActor(actor: Actor, name: NameLookup): NamedActor {
  const entry = isMember(actor) ? name('member', actor.id) : undefined
  return { type: actor.type, id: actor.id, name: entry?.name ?? null }
}

/** `renewal_date` → `Renewal date`, for attributes the directory does not know (yet). */
function titleOf(slug: string): string {
  const words = slug.replaceAll(/[_-]+/g, ' ').trim()
  return words === '' ? slug : words.charAt(0).toUpperCase() + words.slice(1)
}

function typeOf(list: readonly Value[]): string {
  const first = list[0]
  return first === undefined ? 'unknown' : first.kind === 'unknown' ? first.type : first.kind
}
