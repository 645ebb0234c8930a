/**
 * Records and entries as JSON, written once per state and kept with a limit on memory.
 * A page is then a few pieces of memory: a full walk costs neither serialising nor copying.
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
const [ONE, MANY, CLOSE, CLOSE_LIST] = ['{"data":', '{"data":[', '}', ']}'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
]

/** Items as UTF-8 by id, at most `limit` bytes of them. */
export class WireCache {
  #held = new Map<string, Written>()
  #slabs: Slab[] = []
  #size = 0
  readonly #limit: number

  constructor(limit = 160 * SLAB) {
    this.#limit = limit
  }

  /** `{"data":…}` of one item, in pieces. */
  one(workspace: Workspace, collection: Collection, item: Item): Uint8Array[] {
    const { slab, start, end } = this.#written(workspace, collection, item)
    return [ONE, slab.bytes.subarray(start + 1, end), CLOSE]
  }

  /** `{"data":[…]}` of many, in pieces: what lies together in a slab, as after a walk, is one piece and not copied. */
  page(workspace: Workspace, collection: Collection, items: readonly Item[]): Uint8Array[] {
    const pieces: Uint8Array[] = [MANY]
    let open: { slab: Slab; start: number; end: number } | undefined
    const flush = () => {
      if (open) pieces.push(open.slab.bytes.subarray(open.start, open.end))
    }
    for (const item of items) {
      const { slab, start, end } = this.#written(workspace, collection, item)
      if (open?.slab === slab && open.end === start) open.end = end
      else {
        flush()
        /** Every item is kept with a comma before it, which the first of a page goes without. */
        open = { slab, start: open ? start : start + 1, end }
      }
    }
    flush()
    pieces.push(CLOSE_LIST)
    return pieces
  }

  #written(workspace: Workspace, collection: Collection, item: Item): Written {
    const held = this.#held.get(item.id)
    if (held && held.item === item && held.revision === collection.revision) return held
    const json = itemJson(workspace, collection, item)
    const slab = this.#slabFor(json.length * 3 + 1)
    const start = slab.used
    slab.used += slab.bytes.write(`,${json}`, start, 'utf8')
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
