/** The events of edits, exactly as webhooks carry them: ids only, and who did it (api.md 4.2). */
import type { Scene } from './items.ts'
import type { Actor, AttioEvent, Attribute, Collection, Comment, Item, Note } from './model.ts'

export function emit(
  scene: Scene,
  event_type: string,
  id: Record<string, string>,
  actor: Actor,
  outside: Record<string, unknown> = {},
): void {
  const event = { event_type, id: { workspace_id: scene.workspace.id, ...id }, ...outside, actor } satisfies AttioEvent
  scene.world.emit(scene.workspace, event)
}

const itemId = (collection: Collection, item: Item): Record<string, string> =>
  collection.kind === 'object'
    ? { object_id: collection.id, record_id: item.id }
    : { list_id: collection.id, entry_id: item.id }

const parentOf = (item: { parent: { object: string; record: string } | null }) =>
  item.parent ? { parent_object_id: item.parent.object, parent_record_id: item.parent.record } : {}

const noun = (collection: Collection) => (collection.kind === 'object' ? 'record' : 'list-entry')

export function itemCreated(scene: Scene, collection: Collection, item: Item, actor: Actor): void {
  emit(scene, `${noun(collection)}.created`, itemId(collection, item), actor, parentOf(item))
}

export function itemUpdated(
  scene: Scene,
  collection: Collection,
  item: Item,
  attribute: Attribute,
  actor: Actor,
): void {
  const id = { ...itemId(collection, item), attribute_id: attribute.id }
  emit(scene, `${noun(collection)}.updated`, id, actor, parentOf(item))
}

export function itemDeleted(scene: Scene, collection: Collection, item: Item, actor: Actor): void {
  emit(scene, `${noun(collection)}.deleted`, itemId(collection, item), actor, parentOf(item))
}

export function recordMerged(scene: Scene, object: string, survivor: string, duplicate: string, actor: Actor): void {
  emit(scene, 'record.merged', { object_id: object, record_id: survivor }, actor, {
    duplicate_object_id: object,
    duplicate_record_id: duplicate,
  })
}

export function noteEvent(scene: Scene, event: string, note: Note, actor: Actor): void {
  emit(scene, event, { note_id: note.id }, actor, parentOf(note))
}

export function taskEvent(scene: Scene, event: string, task: string, actor: Actor): void {
  emit(scene, event, { task_id: task }, actor)
}

export function commentEvent(scene: Scene, event: string, comment: Comment, actor: Actor): void {
  emit(scene, event, { comment_id: comment.id }, actor, {
    thread_id: comment.thread,
    object_id: comment.record.object,
    record_id: comment.record.record,
    list_id: comment.entry?.list ?? null,
    entry_id: comment.entry?.entry ?? null,
  })
}

export function attributeEvent(
  scene: Scene,
  collection: Collection,
  what: 'created' | 'updated',
  attribute: Attribute,
  actor: Actor,
): void {
  const holder = collection.kind === 'object' ? { object_id: collection.id } : { list_id: collection.id }
  emit(scene, `${collection.kind}-attribute.${what}`, { ...holder, attribute_id: attribute.id }, actor)
}
