/** The attributes every item answers from itself: its id, when and by whom it was made, an entry's parent. */
import type { Fields, Item, Slot } from './model.ts'
import { instant } from './time.ts'

export function virtualFields(item: Item, slug: string): Fields | undefined {
  switch (slug) {
    case 'record_id':
    case 'entry_id':
      return { attribute_type: 'text', value: item.id }
    case 'created_at':
      return { attribute_type: 'timestamp', value: instant(item.createdAt) }
    case 'created_by':
      return {
        attribute_type: 'actor-reference',
        referenced_actor_type: item.createdBy.type ?? 'system',
        referenced_actor_id: item.createdBy.id,
      }
    case 'parent_record':
      return item.parent
        ? { attribute_type: 'record-reference', object: item.parent.object, record: item.parent.record }
        : undefined
    default:
      return undefined
  }
}

export function virtualSlot(item: Item, slug: string): Slot {
  const fields = virtualFields(item, slug)
  return fields ? [{ ...fields, from: item.createdAt, until: null, by: item.createdBy }] : []
}
