/**
 * Records and entries as bytes, encoded once per state and kept with a limit on memory.
 * A page is then a concatenation: a full walk costs copying, not serialising.
 */
import type { Collection, Item, Slot, Workspace } from '../world/model.ts'
import { instant } from '../world/time.ts'
import { virtualSlot } from '../world/virtual.ts'
import { wireValue } from './values.ts'

const encoder = new TextEncoder()
const PATHS: Record<string, string> = { people: 'person', companies: 'company', deals: 'deal' }

function wireValues(workspace: Workspace, collection: Collection, item: Item): Record<string, unknown[]> {
  const values: Record<string, unknown[]> = {}
  collection.attributes.forEach((attribute, index) => {
    if (attribute.archived) return
    const slot: Slot = attribute.virtual ? virtualSlot(item, attribute.slug) : (item.slots[index] ?? [])
    const list: unknown[] = []
    for (const value of slot) if (value.until === null) list.push(wireValue(workspace, collection, attribute, value))
    values[attribute.slug] = list
  })
  return values
}

export function wireRecord(workspace: Workspace, object: Collection, item: Item) {
  return {
    id: { workspace_id: workspace.id, object_id: object.id, record_id: item.id },
    created_at: instant(item.createdAt),
    web_url: `https://app.attio.com/${workspace.slug}/${PATHS[object.slug] ?? 'custom'}/${item.id}`,
    values: wireValues(workspace, object, item),
  }
}

export function wireEntry(workspace: Workspace, list: Collection, item: Item) {
  return {
    id: { workspace_id: workspace.id, list_id: list.id, entry_id: item.id },
    parent_record_id: item.parent?.record,
    parent_object: workspace.objects.get(item.parent?.object ?? '')?.slug,
    created_at: instant(item.createdAt),
    entry_values: wireValues(workspace, list, item),
  }
}

export const wireItem = (workspace: Workspace, collection: Collection, item: Item) =>
  collection.kind === 'object' ? wireRecord(workspace, collection, item) : wireEntry(workspace, collection, item)

interface Encoded {
  readonly bytes: Uint8Array
  readonly revision: number
  readonly item: Item
}

/** Encoded items by id, oldest out first once `limit` bytes are held. */
export class WireCache {
  #held = new Map<string, Encoded>()
  #size = 0
  readonly #limit: number

  constructor(limit = 192 * 1024 * 1024) {
    this.#limit = limit
  }

  encode(workspace: Workspace, collection: Collection, item: Item): Uint8Array {
    const held = this.#held.get(item.id)
    if (held && held.item === item && held.revision === collection.revision) return held.bytes
    const bytes = encoder.encode(JSON.stringify(wireItem(workspace, collection, item)))
    if (held) this.#forget(item.id, held)
    this.#held.set(item.id, { bytes, revision: collection.revision, item })
    this.#size += bytes.byteLength
    for (const [id, oldest] of this.#held) {
      if (this.#size <= this.#limit) break
      this.#forget(id, oldest)
    }
    return bytes
  }

  #forget(id: string, held: Encoded): void {
    this.#held.delete(id)
    this.#size -= held.bytes.byteLength
  }
}

const OPEN = encoder.encode('{"data":[')
const COMMA = encoder.encode(',')
const CLOSE = encoder.encode(']}')

export function pageOf(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = OPEN.length + CLOSE.length + Math.max(0, parts.length - 1)
  for (const part of parts) length += part.byteLength
  const page = new Uint8Array(length)
  page.set(OPEN)
  let at = OPEN.length
  parts.forEach((part, i) => {
    if (i > 0) page.set(COMMA, at++)
    page.set(part, at)
    at += part.byteLength
  })
  page.set(CLOSE, at)
  return page
}
