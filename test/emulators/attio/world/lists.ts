/** Lists and their entries: a record may be in one list several times. */
import { ApiError, notFound } from '../errors.ts'
import { refOf } from './children.ts'
import { emit } from './events.ts'
import { changeItem, createItem, deleteItem, type Scene, type WriteMode } from './items.ts'
import type { Actor, Collection, Item } from './model.ts'
import { parseChanges, type Write } from './records.ts'
import { addCollection } from './schema.ts'

export function createList(
  scene: Scene,
  spec: {
    slug: string
    name: string
    parentObject: string
    by: Actor
    createdAt?: number
    access?: Collection['access']
  },
): Collection {
  const list = addCollection(scene, { kind: 'list', singular: spec.name, plural: spec.name, ...spec })
  emit(scene, 'list.created', { list_id: list.id }, spec.by)
  return list
}

export function deleteList(scene: Scene, list: Collection, by: Actor): void {
  for (const entry of [...list.items.values()]) deleteItem(scene, list, entry.id, by, false)
  scene.workspace.lists.delete(list.id)
  emit(scene, 'list.deleted', { list_id: list.id }, by)
}

export function entryOf(list: Collection, id: string): Item {
  const entry = list.items.get(id)
  if (!entry) throw notFound(`Could not find entry with ID "${id}".`)
  return entry
}

export function addEntry(
  scene: Scene,
  list: Collection,
  parent: { object?: string; record: string },
  values: unknown,
  write: Write & { at?: number },
): Item {
  const ref = refOf(scene, parent.record, parent.object)
  if (ref.object !== list.parentObject)
    throw new ApiError(400, 'validation_type', `List "${list.slug}" does not hold records of this object.`)
  const changes = parseChanges(scene, list, values, write)
  return scene.world.batch(() => createItem(scene, list, changes, { ...write, parent: ref }))
}

/** Upsert by parent record; refused when the record is in the list several times. */
export function assertEntry(
  scene: Scene,
  list: Collection,
  parent: { object?: string; record: string },
  values: unknown,
  write: Write,
): Item {
  const ref = refOf(scene, parent.record, parent.object)
  const [entry, second] = [...(scene.workspace.entriesOf.get(ref.record) ?? [])].filter((id) => list.items.has(id))
  if (second !== undefined)
    throw new ApiError(400, 'multiple_match_results', `Record "${ref.record}" is in list "${list.slug}" several times.`)
  if (entry === undefined) return addEntry(scene, list, parent, values, write)
  return writeEntry(scene, list, entry, values, { ...write, mode: 'replace' })
}

export function writeEntry(
  scene: Scene,
  list: Collection,
  id: string,
  values: unknown,
  options: Write & { mode: WriteMode },
): Item {
  entryOf(list, id)
  if (typeof values === 'object' && values !== null && 'parent_record' in values)
    throw new ApiError(400, 'immutable_value', 'The parent record of an entry cannot be changed.')
  const changes = parseChanges(scene, list, values, options)
  scene.world.batch(() => changeItem(scene, list, id, changes, options))
  return entryOf(list, id)
}

export function removeEntry(scene: Scene, list: Collection, id: string, by: Actor): void {
  entryOf(list, id)
  scene.world.batch(() => deleteItem(scene, list, id, by))
}
