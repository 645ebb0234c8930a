/** The whole history of one attribute: reading it in order, and rewriting it without a word to anyone. */
import { invalid } from '../errors.ts'
import { type Scene, setSlot, slotOf } from './items.ts'
import type { Actor, Attribute, Collection, Item, Slot, Value } from './model.ts'
import { parseValue } from './parse-value.ts'
import { readInstant } from './time.ts'
import { virtualSlot } from './virtual.ts'

/** Values of one attribute; with history, oldest first by active_from. */
export function valuesOf(collection: Collection, item: Item, slot: number, historic: boolean): Slot {
  const attribute = collection.attributes[slot] as Attribute
  const all = attribute.virtual ? virtualSlot(item, attribute.slug) : slotOf(item, slot)
  if (!historic) return all.filter((value) => value.until === null)
  if (attribute.enriched || attribute.type === 'interaction')
    throw invalid(`Historic values cannot be queried on attribute with slug "${attribute.slug}".`)
  return [...all].sort((a, b) => a.from - b.from || (a.until ?? Infinity) - (b.until ?? Infinity))
}

export interface Version {
  readonly value: unknown
  readonly active_from: string
  readonly active_until?: string | null
}

/** Replaces every version, past and present; fires no event at all (api.md 2.3, history rewrite). */
export function rewriteHistory(
  scene: Scene,
  collection: Collection,
  item: Item,
  slot: number,
  versions: readonly Version[],
  by: Actor,
): Slot {
  const attribute = collection.attributes[slot] as Attribute
  if (attribute.relationship || attribute.formula || attribute.enriched || attribute.virtual)
    throw invalid(`The history of attribute "${attribute.slug}" cannot be replaced.`)
  const next = versions.map((version): Value => {
    const from = readInstant(version.active_from)
    const until = version.active_until == null ? null : readInstant(version.active_until)
    if (from === undefined || until === undefined || (until !== null && until < from))
      throw invalid('"active_from" and "active_until" must be timestamps, in this order.')
    const fields = parseValue({ workspace: scene.workspace, lenient: false }, attribute, version.value)
    return { ...fields, from, until, by }
  })
  if (!attribute.multi && next.filter((value) => value.until === null).length > 1)
    throw invalid(`Attribute "${attribute.slug}" can have one active value.`)
  setSlot(scene, collection, item, slot, next)
  return next
}
