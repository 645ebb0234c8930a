/**
 * Records and list entries: creating, changing and deleting them, with both ends of a relationship kept equal,
 * unique attributes kept unique, one event per changed attribute, and formulas recomputed a little later.
 */
import { ApiError, missingValue } from '../errors.ts'
import { itemCreated, itemDeleted, itemUpdated } from './events.ts'
import type { Actor, Attribute, Collection, Fields, Item, Slot, Value, Workspace } from './model.ts'
import { SYSTEM } from './model.ts'
import { addTo, removeFrom, type World } from './world.ts'

export const EMPTY: Slot = Object.freeze([])

/** One workspace of one world: what every edit needs to know. */
export interface Scene {
  readonly world: World
  readonly workspace: Workspace
}

/** `replace` makes the active values equal to the given ones; `prepend` puts them before the existing ones. */
export type WriteMode = 'replace' | 'prepend'
export type Changes = ReadonlyMap<number, readonly Fields[]>

export const slotOf = (item: Item, index: number): Slot => item.slots[index] ?? EMPTY
export const activeOf = (item: Item, index: number): Slot => {
  const slot = slotOf(item, index)
  return slot.some((value) => value.until !== null) ? slot.filter((value) => value.until === null) : slot
}

export function sameFields(a: Fields, b: Fields): boolean {
  const left = a as unknown as Record<string, unknown>
  const right = b as unknown as Record<string, unknown>
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (key === 'from' || key === 'until' || key === 'by') continue
    if (left[key] !== right[key] && JSON.stringify(left[key]) !== JSON.stringify(right[key])) return false
  }
  return true
}

/** The slot after a write, or the same slot when nothing changes. */
export function written(slot: Slot, given: readonly Fields[], mode: WriteMode, now: number, by: Actor): Slot {
  const active = slot.filter((value) => value.until === null)
  const kept = (fields: Fields) => active.find((value) => sameFields(value, fields))
  const wanted = given.map((fields) => kept(fields) ?? ({ ...fields, from: now, until: null, by } as Value))
  const rest = active.filter((value) => !wanted.includes(value))
  const next = mode === 'prepend' ? [...wanted, ...rest] : wanted
  const dropped = mode === 'prepend' ? [] : rest
  if (dropped.length === 0 && next.length === active.length && next.every((value) => active.includes(value)))
    return slot
  const ended = dropped.map((value) => ({ ...value, until: now }))
  return [...slot.filter((value) => value.until !== null), ...ended, ...next]
}

export function createItem(
  scene: Scene,
  collection: Collection,
  changes: Changes,
  options: { by: Actor; at?: number; id?: string; parent?: Item['parent'] },
): Item {
  const { world, workspace } = scene
  const now = options.at ?? world.now()
  collection.attributes.forEach((attribute, slot) => {
    if (attribute.required && !attribute.virtual && !world.seeding && !changes.get(slot)?.length)
      throw missingValue(`Required value for attribute with slug "${attribute.slug}" was not provided.`)
  })
  checkUnique(collection, changes, undefined)
  const slots: (Slot | undefined)[] = new Array(collection.attributes.length).fill(undefined)
  for (const [slot, fields] of changes) {
    const first = written(EMPTY, fields, 'replace', now, options.by)
    if (first.length > 0) slots[slot] = first
  }
  const id = options.id ?? world.uuid()
  const item: Item = { id, createdAt: now, createdBy: options.by, slots, parent: options.parent ?? null }
  put(scene, collection, item)
  workspace.home.set(item.id, collection)
  if (item.parent) addTo(workspace.entriesOf, item.parent.record, item.id)
  itemCreated(scene, collection, item, options.by)
  for (const slot of changes.keys()) {
    const after = slots[slot] ?? EMPTY
    if (after.length === 0) continue
    reindex(scene, collection, item.id, slot, EMPTY, after)
    if (collection.attributes[slot]?.relationship) otherEnds(scene, collection, id, slot, EMPTY, after, now, options.by)
  }
  recomputeLater(scene, collection, id, [...changes.keys()])
  return item
}

function put(scene: Scene, collection: Collection, item: Item): void {
  collection.items.put(item, scene.world.seeding ? undefined : scene.world.now())
}

/** Applies a write to several attributes; returns the slots that changed. Relationships change their other end too. */
export function changeItem(
  scene: Scene,
  collection: Collection,
  id: string,
  changes: Changes,
  options: { mode: WriteMode; by: Actor; at?: number; announce?: boolean; modes?: ReadonlyMap<number, WriteMode> },
): number[] {
  const now = options.at ?? scene.world.now()
  checkUnique(collection, changes, id)
  const changed: number[] = []
  for (const [slot, fields] of changes) {
    const attribute = collection.attributes[slot] as Attribute
    const item = collection.items.get(id) as Item
    const mode = attribute.multi ? (options.modes?.get(slot) ?? options.mode) : 'replace'
    const before = slotOf(item, slot)
    const after = written(before, fields, mode, now, options.by)
    if (after === before) continue
    setSlot(scene, collection, item, slot, after)
    changed.push(slot)
    if (options.announce !== false) itemUpdated(scene, collection, item, attribute, options.by)
    if (attribute.relationship) otherEnds(scene, collection, id, slot, before, after, now, options.by)
  }
  if (changed.length > 0) recomputeLater(scene, collection, id, changed)
  return changed
}

/** Replaces a slot as it stands, keeping the indexes right; no events. */
export function setSlot(scene: Scene, collection: Collection, item: Item, slot: number, next: Slot): Item {
  const before = slotOf(item, slot)
  const slots = item.slots.slice()
  while (slots.length < slot) slots.push(undefined)
  slots[slot] = next.length === 0 ? undefined : next
  const fresh: Item = { id: item.id, createdAt: item.createdAt, createdBy: item.createdBy, slots, parent: item.parent }
  put(scene, collection, fresh)
  reindex(scene, collection, item.id, slot, before, next)
  return fresh
}

/** Keeps unique keys and one-way referrers in step with a slot. */
function reindex(scene: Scene, collection: Collection, id: string, slot: number, before: Slot, next: Slot): void {
  const attribute = collection.attributes[slot] as Attribute
  if (attribute.unique) {
    const keys = collection.unique.get(slot) ?? new Map<string, string>()
    collection.unique.set(slot, keys)
    for (const value of before) if (value.until === null) keys.delete(uniqueKey(value))
    for (const value of next) if (value.until === null) keys.set(uniqueKey(value), id)
  }
  if (attribute.type !== 'record-reference' || attribute.relationship) return
  for (const target of targets(before)) removeFrom(scene.workspace.referrers, target, id)
  for (const target of targets(next)) addTo(scene.workspace.referrers, target, id)
}

export function deleteItem(scene: Scene, collection: Collection, id: string, by: Actor, announce = true): void {
  const item = collection.items.get(id) as Item
  const now = scene.world.now()
  collection.attributes.forEach((attribute, slot) => {
    const before = slotOf(item, slot)
    if (attribute.unique)
      for (const value of before) if (value.until === null) collection.unique.get(slot)?.delete(uniqueKey(value))
    if (attribute.relationship && before.length > 0)
      otherEnds(scene, collection, id, slot, before, EMPTY, now, by, scene.world.switches.referenceEvents)
  })
  collection.items.remove(id, now)
  if (item.parent) removeFrom(scene.workspace.entriesOf, item.parent.record, id)
  if (announce) itemDeleted(scene, collection, item, by)
}

export function uniqueKey(fields: Fields): string {
  switch (fields.attribute_type) {
    case 'domain':
      return fields.domain
    case 'email-address':
      return fields.email_address
    case 'text':
      return fields.value
    default:
      return JSON.stringify(fields)
  }
}

function checkUnique(collection: Collection, changes: Changes, self: string | undefined): void {
  for (const [slot, fields] of changes) {
    const attribute = collection.attributes[slot] as Attribute
    if (!attribute.unique) continue
    for (const one of fields) {
      const owner = collection.unique.get(slot)?.get(uniqueKey(one))
      if (owner !== undefined && owner !== self)
        throw new ApiError(
          400,
          'uniqueness_conflict',
          `The value "${uniqueKey(one)}" provided for attribute with slug "${attribute.slug}" conflicts with one already in the system.`,
        )
    }
  }
}

const targets = (slot: Slot): Set<string> =>
  new Set(
    slot.flatMap((value) =>
      value.attribute_type === 'record-reference' && value.until === null ? [value.record] : [],
    ),
  )

/** Makes the other records of a two-way relationship agree with this one, each change an event of its own. */
function otherEnds(
  scene: Scene,
  collection: Collection,
  id: string,
  slot: number,
  before: Slot,
  after: Slot,
  now: number,
  by: Actor,
  announce = true,
): void {
  const attribute = collection.attributes[slot] as Attribute
  const far = scene.workspace.objects.get(attribute.relationship?.object ?? '')
  const farSlot = far?.index.get(attribute.relationship?.attribute ?? '')
  if (!far || farSlot === undefined) return
  const farAttribute = far.attributes[farSlot] as Attribute
  const was = targets(before)
  const is = targets(after)
  const edit = (where: Collection, itemId: string, at: number, change: (active: Slot) => readonly Fields[]) => {
    const item = where.items.get(itemId)
    if (!item) return
    const slotBefore = slotOf(item, at)
    const slotAfter = written(slotBefore, change(activeOf(item, at)), 'replace', now, by)
    if (slotAfter === slotBefore) return
    setSlot(scene, where, item, at, slotAfter)
    if (announce) itemUpdated(scene, where, item, where.attributes[at] as Attribute, by)
  }
  const without = (gone: string) => (active: Slot) =>
    active.filter((value) => value.attribute_type !== 'record-reference' || value.record !== gone)
  for (const gone of was) if (!is.has(gone)) edit(far, gone, farSlot, without(id))
  for (const fresh of is) {
    if (was.has(fresh)) continue
    const other = far.items.get(fresh)
    if (!other) continue
    if (!farAttribute.multi)
      for (const held of targets(slotOf(other, farSlot))) if (held !== id) edit(collection, held, slot, without(fresh))
    const me: Fields = { attribute_type: 'record-reference', object: collection.id, record: id }
    edit(far, fresh, farSlot, (active) => (farAttribute.multi ? [...active, me] : [me]))
  }
}

function recomputeLater(scene: Scene, collection: Collection, id: string, changed: readonly number[]): void {
  const touched = new Set(changed.map((slot) => collection.attributes[slot]?.slug))
  collection.attributes.forEach((attribute, slot) => {
    const formula = attribute.formula
    if (!formula?.inputs.some((input) => touched.has(input))) return
    const compute = () => {
      const item = collection.items.get(id)
      if (!item) return
      const read = (slug: string) => {
        const index = collection.index.get(slug)
        return index === undefined ? undefined : activeOf(item, index)[0]
      }
      const result = formula.compute(read)
      changeItem(scene, collection, id, new Map([[slot, result ? [result] : []]]), { mode: 'replace', by: SYSTEM })
    }
    scene.world.after(scene.world.switches.formulaDelayMs, compute)
  })
}
