/**
 * Records and entries as JSON, written once per state and kept with a limit on memory.
 * A page is then a concatenation: a full walk costs copying, not serialising.
 */
import type { Collection, Item, Workspace } from '../world/model.ts'
import { instant } from '../world/time.ts'
import { virtualSlot } from '../world/virtual.ts'
import { valueJson } from './values.ts'

const PATHS: Record<string, string> = { people: 'person', companies: 'company', deals: 'deal' }

function valuesJson(workspace: Workspace, collection: Collection, item: Item): string {
  let json = ''
  collection.attributes.forEach((attribute, index) => {
    if (attribute.archived) return
    const slot = attribute.virtual ? virtualSlot(item, attribute.slug) : item.slots[index]
    let list = ''
    if (slot)
      for (const value of slot)
        if (value.until === null)
          list += `${list === '' ? '' : ','}${valueJson(workspace, collection, attribute, value)}`
    json += `${json === '' ? '' : ','}${JSON.stringify(attribute.slug)}:[${list}]`
  })
  return `{${json}}`
}

export function itemJson(workspace: Workspace, collection: Collection, item: Item): string {
  const head = `{"id":{"workspace_id":"${workspace.id}","${collection.kind}_id":"${collection.id}"`
  const values = valuesJson(workspace, collection, item)
  const created = `"created_at":"${instant(item.createdAt)}"`
  if (collection.kind === 'object') {
    const url = `https://app.attio.com/${workspace.slug}/${PATHS[collection.slug] ?? 'custom'}/${item.id}`
    return `${head},"record_id":"${item.id}"},${created},"web_url":"${url}","values":${values}}`
  }
  const object = JSON.stringify(workspace.objects.get(item.parent?.object ?? '')?.slug ?? null)
  const parent = `"parent_record_id":"${item.parent?.record}","parent_object":${object}`
  return `${head},"entry_id":"${item.id}"},${parent},${created},"entry_values":${values}}`
}

export const wireItem = (workspace: Workspace, collection: Collection, item: Item): unknown =>
  JSON.parse(itemJson(workspace, collection, item))

/** A block of bytes that many items share; the oldest block goes first. */
interface Slab {
  readonly bytes: Buffer
  used: number
  readonly ids: string[]
}

interface Written {
  readonly slab: Slab
  readonly start: number
  readonly end: number
  readonly revision: number
  readonly item: Item
}

const SLAB = 1024 * 1024

/** Items as UTF-8 by id, at most `limit` bytes of them. */
export class WireCache {
  #held = new Map<string, Written>()
  #slabs: Slab[] = []
  #size = 0
  readonly #limit: number

  constructor(limit = 160 * SLAB) {
    this.#limit = limit
  }

  /** `{"data":…}` of one item. */
  one(workspace: Workspace, collection: Collection, item: Item): Uint8Array<ArrayBuffer> {
    return this.#join('{"data":', [this.#written(workspace, collection, item)], '}')
  }

  /** `{"data":[…]}` of many. */
  page(workspace: Workspace, collection: Collection, items: readonly Item[]): Uint8Array<ArrayBuffer> {
    const parts = items.map((item) => this.#written(workspace, collection, item))
    return this.#join('{"data":[', parts, ']}')
  }

  #join(open: string, parts: readonly Written[], close: string): Uint8Array<ArrayBuffer> {
    let length = open.length + close.length + Math.max(0, parts.length - 1)
    for (const part of parts) length += part.end - part.start
    const page = Buffer.allocUnsafeSlow(length)
    let at = page.write(open, 0, 'latin1')
    parts.forEach((part, i) => {
      if (i > 0) page[at++] = 0x2c
      at += part.slab.bytes.copy(page, at, part.start, part.end)
    })
    page.write(close, at, 'latin1')
    return page
  }

  #written(workspace: Workspace, collection: Collection, item: Item): Written {
    const held = this.#held.get(item.id)
    if (held && held.item === item && held.revision === collection.revision) return held
    const json = itemJson(workspace, collection, item)
    const slab = this.#slabFor(json.length * 3)
    const start = slab.used
    slab.used += slab.bytes.write(json, start, 'utf8')
    slab.ids.push(item.id)
    const written = { slab, start, end: slab.used, revision: collection.revision, item }
    this.#held.set(item.id, written)
    return written
  }

  /** The newest slab if `room` fits, else a new one, forgetting old ones beyond the limit. */
  #slabFor(room: number): Slab {
    const last = this.#slabs.at(-1)
    if (last && last.bytes.length - last.used >= room) return last
    const slab: Slab = { bytes: Buffer.allocUnsafeSlow(Math.max(SLAB, room)), used: 0, ids: [] }
    this.#slabs.push(slab)
    this.#size += slab.bytes.length
    while (this.#size > this.#limit && this.#slabs.length > 1) {
      const oldest = this.#slabs.shift() as Slab
      this.#size -= oldest.bytes.length
      for (const id of oldest.ids) if (this.#held.get(id)?.slab === oldest) this.#held.delete(id)
    }
    return slab
  }
}
