/**
 * Merging two records: by the documents of 2026 a new record and two deaths, by those of 2025 one survivor.
 * During the merge window the new record exists but answers `merge_in_progress` (api.md 2.5).
 */
import { ApiError } from '../errors.ts'
import { commentsGone, editTask, entriesGone, moveNote, notesGone, taskOf, tasksUnlinked } from './children.ts'
import { itemCreated, itemDeleted, recordMerged } from './events.ts'
import { activeOf, changeItem, deleteItem, type Scene, sameFields, setSlot, slotOf } from './items.ts'
import type { Actor, Collection, Fields, Item, Slot, Value } from './model.ts'
import { dropReferences, recordOf } from './records.ts'
import { addTo, removeFrom } from './world.ts'

export interface Merged {
  readonly newRecordId: string
  /** True while reads of it still answer merge_in_progress. */
  readonly pending: boolean
}

export function mergeRecords(
  scene: Scene,
  object: Collection,
  primaryId: string,
  secondaryId: string,
  by: Actor,
): Merged {
  if (primaryId === secondaryId) throw new ApiError(400, 'self_merge', 'A record cannot be merged with itself.')
  const primary = recordOf(scene, object, primaryId, 400)
  const secondary = recordOf(scene, object, secondaryId, 400)
  return scene.world.batch(() =>
    scene.world.switches.mergeSemantics === '2025'
      ? foldInto(scene, object, primary, secondary, by)
      : newRecord(scene, object, primary, secondary, by),
  )
}

/** The primary's values win; what it lacks, and further values of multiselects, come from the secondary. */
function mergedSlots(object: Collection, primary: Item, secondary: Item): Map<number, Slot> {
  const slots = new Map<number, Slot>()
  object.attributes.forEach((attribute, slot) => {
    if (attribute.virtual) return
    const mine = activeOf(primary, slot)
    const other = activeOf(secondary, slot)
    const extra = other.filter((value) => !mine.some((held) => sameFields(held, value)))
    const active = attribute.multi ? [...mine, ...extra] : mine.length > 0 ? mine : other
    const past = slotOf(primary, slot).filter((value) => value.until !== null)
    if (past.length + active.length > 0) slots.set(slot, [...past, ...active])
  })
  return slots
}

function newRecord(scene: Scene, object: Collection, primary: Item, secondary: Item, by: Actor): Merged {
  const { world, workspace } = scene
  const id = world.uuid()
  const slots = mergedSlots(object, primary, secondary)
  const born: Item = {
    id,
    createdAt: world.now(),
    createdBy: by,
    slots: new Array(object.attributes.length).fill(undefined),
    parent: null,
  }
  workspace.merging.set(id, { item: born, object: object.id })
  workspace.home.set(id, object)
  const children = takeChildren(scene, primary.id, secondary.id)
  for (const old of [primary, secondary]) {
    dropReferences(scene, old.id, by, id)
    deleteItem(scene, object, old.id, by, false)
    recordMerged(scene, object.id, id, old.id, by)
    if (world.switches.mergeFiresPlainEvents) itemDeleted(scene, object, old, by)
  }
  const finish = () => {
    workspace.merging.delete(id)
    object.items.put(born, world.now())
    giveSlots(scene, object, id, slots, by)
    children.give(id, by)
    if (world.switches.mergeFiresPlainEvents) itemCreated(scene, object, born, by)
  }
  const window = world.switches.mergeWindowMs
  if (window <= 0) finish()
  else world.after(window, finish)
  return { newRecordId: id, pending: window > 0 }
}

function foldInto(scene: Scene, object: Collection, primary: Item, secondary: Item, by: Actor): Merged {
  const slots = mergedSlots(object, primary, secondary)
  const children = takeChildren(scene, secondary.id)
  dropReferences(scene, secondary.id, by, primary.id)
  deleteItem(scene, object, secondary.id, by, false)
  giveSlots(scene, object, primary.id, slots, by)
  children.give(primary.id, by)
  recordMerged(scene, object.id, primary.id, secondary.id, by)
  if (scene.world.switches.mergeFiresPlainEvents) itemDeleted(scene, object, secondary, by)
  return { newRecordId: primary.id, pending: false }
}

/** Puts merged values into the survivor: versions as they were, relationships re-tied without events. */
function giveSlots(scene: Scene, object: Collection, id: string, slots: Map<number, Slot>, by: Actor): void {
  const announce = scene.world.switches.referenceEvents
  for (const [slot, next] of slots) {
    const attribute = object.attributes[slot]
    const item = object.items.get(id)
    if (!attribute || !item) continue
    if (!attribute.relationship) {
      // One of the two may have referred to the other.
      const kept = next.filter((value) => value.until !== null || stillThere(scene, value))
      setSlot(scene, object, item, slot, kept)
      continue
    }
    const wanted = next.filter((value) => value.until === null && stillThere(scene, value)) as readonly Fields[]
    const held = activeOf(item, slot)
    if (wanted.every((fields) => held.some((value) => sameFields(value, fields))) && wanted.length === held.length)
      continue
    const quiet = scene.world.quiet
    scene.world.quiet = quiet || !announce
    changeItem(scene, object, id, new Map([[slot, wanted.map(stripped)]]), { mode: 'replace', by })
    scene.world.quiet = quiet
  }
}

const stillThere = (scene: Scene, value: Value): boolean =>
  value.attribute_type !== 'record-reference' ||
  (scene.workspace.home.get(value.record)?.items.has(value.record) ?? false)

function stripped(fields: Fields): Fields {
  return fields.attribute_type === 'record-reference'
    ? { attribute_type: 'record-reference', object: fields.object, record: fields.record }
    : fields
}

/** Notes, tasks, entries and comments of the dying records; `give` hands them to the survivor or drops them. */
function takeChildren(scene: Scene, ...dying: readonly string[]): { give: (to: string, by: Actor) => void } {
  const { workspace, world } = scene
  return {
    give(to, by) {
      for (const from of dying) {
        if (!world.switches.mergeMovesChildren) {
          notesGone(scene, from, by)
          tasksUnlinked(scene, from, by)
          entriesGone(scene, from, by)
          commentsGone(scene, from, by)
          continue
        }
        const object = workspace.home.get(to)?.id ?? ''
        const parent = { object, record: to }
        for (const note of [...(workspace.notesOf.get(from) ?? [])]) moveNote(scene, note, parent)
        for (const task of [...(workspace.tasksOf.get(from) ?? [])]) {
          const others = taskOf(scene, task).linked.filter((ref) => ref.record !== from && ref.record !== to)
          editTask(scene, task, { linked: [...others, parent] }, by, false)
        }
        for (const entry of [...(workspace.entriesOf.get(from) ?? [])]) {
          const list = workspace.home.get(entry)
          const item = list?.items.get(entry)
          if (!list || !item) continue
          list.items.put({ ...item, parent }, world.now())
          removeFrom(workspace.entriesOf, from, entry)
          addTo(workspace.entriesOf, to, entry)
        }
        for (const id of [...(workspace.commentsOf.get(from) ?? [])]) {
          const comment = workspace.comments.get(id)
          if (!comment) continue
          workspace.comments.put({ ...comment, record: parent }, world.now())
          removeFrom(workspace.commentsOf, from, id)
          addTo(workspace.commentsOf, to, id)
        }
      }
    },
  }
}
