/** What people and programs do to records: create, write, assert by a unique attribute, delete. */
import { ApiError, invalid, mergeInProgress, missingValue, noRecord, valueNotFound } from '../errors.ts'
import { commentsGone, entriesGone, notesGone, tasksUnlinked } from './children.ts'
import { activeOf, type Changes, changeItem, createItem, deleteItem, type Scene, type WriteMode } from './items.ts'
import type { Actor, Attribute, Collection, Fields, Item } from './model.ts'
import { parseValues } from './parse-value.ts'

export interface Write {
  readonly by: Actor
  /** A person or the system may write what the API refuses; see parse-value.ts. */
  readonly lenient?: boolean
}

export function parseChanges(
  scene: Scene,
  collection: Collection,
  values: unknown,
  write: Write,
): Map<number, Fields[]> {
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw invalid('"values" must be an object of attribute slugs or ids to values.')
  const changes = new Map<number, Fields[]>()
  for (const [ref, raw] of Object.entries(values)) {
    const slot = collection.index.get(ref)
    const attribute = slot === undefined ? undefined : collection.attributes[slot]
    if (slot === undefined || !attribute) throw valueNotFound(`Cannot find attribute with slug/ID "${ref}".`)
    if (attribute.virtual || (!attribute.writable && !write.lenient))
      throw new ApiError(400, 'system_edit_unauthorized', `Attribute "${attribute.slug}" cannot be written.`)
    const parsed = parseValues({ workspace: scene.workspace, lenient: write.lenient ?? false }, attribute, raw)
    if (parsed.length === 0 && attribute.required)
      throw missingValue(`Required value for attribute with slug "${attribute.slug}" was not provided.`)
    changes.set(slot, parsed)
  }
  return changes
}

export function createRecord(scene: Scene, object: Collection, values: unknown, write: Write & { at?: number }): Item {
  const changes = parseChanges(scene, object, values, write)
  object.attributes.forEach((attribute, slot) => {
    if (changes.has(slot) || attribute.defaultValue === null) return
    const fields = defaultOf(scene, attribute, write.by)
    if (fields.length > 0) changes.set(slot, fields)
  })
  return scene.world.batch(() => createItem(scene, object, changes, write))
}

function defaultOf(scene: Scene, attribute: Attribute, by: Actor): Fields[] {
  const given = attribute.defaultValue as { type?: string; template?: unknown }
  if (given.type === 'static')
    return parseValues({ workspace: scene.workspace, lenient: true }, attribute, given.template)
  if (given.template === 'current-user' && by.type === 'workspace-member')
    return [
      { attribute_type: 'actor-reference', referenced_actor_type: 'workspace-member', referenced_actor_id: by.id },
    ]
  return []
}

/** The record, or the reason why it cannot be read or written. */
export function recordOf(scene: Scene, object: Collection, id: string, status: 400 | 404 = 404): Item {
  const item = object.items.get(id)
  if (item) return item
  if (scene.workspace.merging.has(id)) throw mergeInProgress(status, id)
  throw noRecord(id)
}

export function writeRecord(
  scene: Scene,
  object: Collection,
  id: string,
  values: unknown,
  options: Write & { mode: WriteMode },
): Item {
  recordOf(scene, object, id, 400)
  const changes = parseChanges(scene, object, values, options)
  scene.world.batch(() => changeItem(scene, object, id, changes, options))
  return object.items.get(id) as Item
}

/** Upsert: the matching multiselect attribute is added to, everything else made equal to the input. */
export function assertRecord(
  scene: Scene,
  object: Collection,
  matching: string,
  values: unknown,
  write: Write,
): { item: Item; created: boolean } {
  const slot = object.index.get(matching)
  const attribute = slot === undefined ? undefined : object.attributes[slot]
  if (slot === undefined || !attribute) throw valueNotFound(`Cannot find attribute with slug/ID "${matching}".`)
  const changes: Changes = parseChanges(scene, object, values, write)
  if (!attribute.unique) throw invalid(`Attribute "${attribute.slug}" is not unique and cannot be matched on.`)
  const given = changes.get(slot)
  if (!given?.length) throw missingValue(`A value for the matching attribute "${attribute.slug}" is required.`)
  const keys = new Set(given.map((fields) => JSON.stringify(fields)))
  const found = [...object.items.values()].filter((item) =>
    activeOf(item, slot).some(({ from: _from, until: _until, by: _by, ...fields }) => keys.has(JSON.stringify(fields))),
  )
  const [match, second] = found
  if (second) throw new ApiError(400, 'multiple_match_results', 'More than one record matches the given values.')
  if (!match) return { item: createRecord(scene, object, values, write), created: true }
  const modes = new Map<number, WriteMode>([[slot, 'prepend']])
  scene.world.batch(() => changeItem(scene, object, match.id, changes, { mode: 'replace', modes, ...write }))
  return { item: object.items.get(match.id) as Item, created: false }
}

export function deleteRecord(scene: Scene, object: Collection, id: string, by: Actor): void {
  recordOf(scene, object, id, 400)
  scene.world.batch(() => {
    dropReferences(scene, id, by)
    deleteItem(scene, object, id, by)
    notesGone(scene, id, by)
    tasksUnlinked(scene, id, by)
    entriesGone(scene, id, by)
    commentsGone(scene, id, by)
  })
}

/** One-way references to a record that is going away disappear from the records that hold them. */
export function dropReferences(scene: Scene, id: string, by: Actor, survivor?: string): void {
  for (const holder of [...(scene.workspace.referrers.get(id) ?? [])]) {
    const home = scene.workspace.home.get(holder)
    const item = home?.items.get(holder)
    if (!home || !item) continue
    home.attributes.forEach((attribute, slot) => {
      if (attribute.type !== 'record-reference' || attribute.relationship) return
      const held = activeOf(item, slot)
      if (!held.some((value) => value.attribute_type === 'record-reference' && value.record === id)) return
      const next = held.flatMap((value): Fields[] => {
        if (value.attribute_type !== 'record-reference' || value.record !== id) return [value]
        return survivor ? [{ attribute_type: 'record-reference', object: value.object, record: survivor }] : []
      })
      const announce = scene.world.switches.referenceEvents
      changeItem(scene, home, holder, new Map([[slot, next]]), { mode: 'replace', by, announce })
    })
  }
}
