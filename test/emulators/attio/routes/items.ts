/** Records and list entries over REST: query, get, histories, and every write. */
import { badBody, noRecord, notFound } from '../errors.ts'
import { type QueryBody, runQuery } from '../filter/query.ts'
import {
  type Answer,
  type Call,
  dataOf,
  flagParam,
  type Route,
  required,
  sliceOf,
  textOf,
  wholeParam,
} from '../http/call.ts'
import { wireValue } from '../wire/values.ts'
import { rewriteHistory, type Version, valuesOf } from '../world/history.ts'
import { addEntry, assertEntry, entryOf, removeEntry, writeEntry } from '../world/lists.ts'
import { mergeRecords } from '../world/merge.ts'
import type { Attribute, Collection, Item } from '../world/model.ts'
import { assertRecord, createRecord, deleteRecord, recordOf, writeRecord } from '../world/records.ts'
import { instant } from '../world/time.ts'
import { listOf, objectOf } from '../world/world.ts'

const RECORD_READ = ['record_permission:read', 'object_configuration:read']
const RECORD_WRITE = ['record_permission:read-write', 'object_configuration:read']
const ENTRY_READ = ['list_entry:read', 'list_configuration:read']
const ENTRY_WRITE = ['list_entry:read-write', 'list_configuration:read']

const objectIn = (call: Call) => objectOf(call.scene.workspace, call.params.object ?? '')
const listIn = (call: Call) => listOf(call.scene.workspace, call.params.list ?? '')
const idIn = (call: Call, name: 'record_id' | 'entry_id') => call.params[name] ?? ''

function one(call: Call, collection: Collection, item: Item): Answer {
  return { pieces: call.cache.one(call.scene.workspace, collection, item) }
}

function query(call: Call, collection: Collection): Answer {
  const body = call.body
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badBody([required([], 'object', body)])
  const result = runQuery(call.scene.workspace, collection, body as QueryBody, (each) => call.see(each.items))
  return { pieces: call.cache.page(call.scene.workspace, collection, result.items), score: result.score }
}

/** The item as this call sees it; a record missing only from an old snapshot is simply not found. */
function seen(call: Call, collection: Collection, id: string): Item {
  const item = call.see(collection.items).get(id)
  if (item) return item
  if (collection.kind === 'list') {
    entryOf(collection, id)
    throw notFound(`Could not find entry with ID "${id}".`)
  }
  recordOf(call.scene, collection, id)
  throw noRecord(id)
}

function slotIn(call: Call, collection: Collection): { attribute: Attribute; slot: number } {
  const ref = call.params.attribute ?? ''
  const slot = collection.index.get(ref)
  const attribute = slot === undefined ? undefined : collection.attributes[slot]
  if (slot === undefined || !attribute) throw notFound(`Could not find attribute with slug/ID "${ref}".`)
  return { attribute, slot }
}

function values(call: Call, collection: Collection, id: string): Answer {
  const item = seen(call, collection, id)
  const { attribute, slot } = slotIn(call, collection)
  const all = valuesOf(collection, item, slot, flagParam(call, 'show_historic'))
  const page = sliceOf(all, wholeParam(call, 'offset', 0), wholeParam(call, 'limit', 1000))
  return { json: { data: page.map((value) => wireValue(call.scene.workspace, collection, attribute, value)) } }
}

function rewrite(call: Call, collection: Collection, id: string): Answer {
  const item = seen(call, collection, id)
  const { attribute, slot } = slotIn(call, collection)
  const data = dataOf(call)
  if (data.replace_history !== true)
    throw badBody([required(['data', 'replace_history'], 'true', data.replace_history)])
  if (!Array.isArray(data.values)) throw badBody([required(['data', 'values'], 'array', data.values)])
  const next = rewriteHistory(call.scene, collection, item, slot, data.values as Version[], call.by)
  return { json: { data: next.map((value) => wireValue(call.scene.workspace, collection, attribute, value)) } }
}

const recordPath = '/v2/objects/:object/records'
const records: Route[] = [
  {
    method: 'POST',
    path: '/v2/objects/records/merge',
    scopes: RECORD_WRITE,
    budgets: ['write', 'merge'],
    run: (call) => {
      const data = dataOf(call)
      const primary = textOf(data, 'primary_record_id')
      const home = call.scene.workspace.home.get(primary)
      if (home?.kind !== 'object') throw noRecord(primary)
      const merged = mergeRecords(call.scene, home, primary, textOf(data, 'secondary_record_id'), call.by)
      return { status: merged.pending ? 202 : 200, json: { data: { new_record_id: merged.newRecordId } } }
    },
  },
  {
    method: 'POST',
    path: `${recordPath}/query`,
    scopes: RECORD_READ,
    budgets: ['read'],
    lag: 'query',
    run: (call) => query(call, objectIn(call)),
  },
  {
    method: 'POST',
    path: recordPath,
    scopes: RECORD_WRITE,
    budgets: ['write'],
    run: (call) => one(call, objectIn(call), createRecord(call.scene, objectIn(call), dataOf(call).values, call)),
  },
  {
    method: 'PUT',
    path: recordPath,
    scopes: RECORD_WRITE,
    budgets: ['write'],
    run: (call) => {
      const matching = call.query.get('matching_attribute') ?? ''
      const { item } = assertRecord(call.scene, objectIn(call), matching, dataOf(call).values, call)
      return one(call, objectIn(call), item)
    },
  },
  {
    method: 'GET',
    path: `${recordPath}/:record_id`,
    scopes: RECORD_READ,
    budgets: ['read'],
    lag: 'get',
    run: (call) => one(call, objectIn(call), seen(call, objectIn(call), idIn(call, 'record_id'))),
  },
  ...(['PATCH', 'PUT'] as const).map(
    (method): Route => ({
      method,
      path: `${recordPath}/:record_id`,
      scopes: RECORD_WRITE,
      budgets: ['write'],
      run: (call) => {
        const mode = method === 'PATCH' ? 'prepend' : 'replace'
        const options = { by: call.by, mode } as const
        return one(
          call,
          objectIn(call),
          writeRecord(call.scene, objectIn(call), idIn(call, 'record_id'), dataOf(call).values, options),
        )
      },
    }),
  ),
  {
    method: 'DELETE',
    path: `${recordPath}/:record_id`,
    scopes: RECORD_WRITE,
    budgets: ['write'],
    run: (call) => {
      deleteRecord(call.scene, objectIn(call), idIn(call, 'record_id'), call.by)
      return { json: {} }
    },
  },
  {
    method: 'GET',
    path: `${recordPath}/:record_id/attributes/:attribute/values`,
    scopes: RECORD_READ,
    budgets: ['read'],
    lag: 'get',
    run: (call) => values(call, objectIn(call), idIn(call, 'record_id')),
  },
  {
    method: 'PUT',
    path: `${recordPath}/:record_id/attributes/:attribute/values`,
    scopes: RECORD_WRITE,
    budgets: ['write'],
    run: (call) => rewrite(call, objectIn(call), idIn(call, 'record_id')),
  },
  {
    method: 'GET',
    path: `${recordPath}/:record_id/entries`,
    scopes: [...RECORD_READ, 'list_entry:read'],
    budgets: ['read'],
    run: (call) => {
      const { workspace } = call.scene
      const { id } = recordOf(call.scene, objectIn(call), idIn(call, 'record_id'))
      const all = [...(workspace.entriesOf.get(id) ?? [])].map((entry) => {
        const list = workspace.home.get(entry) as Collection
        const item = list.items.get(entry) as Item
        return { list_id: list.id, list_api_slug: list.slug, entry_id: entry, created_at: instant(item.createdAt) }
      })
      const page = sliceOf(all, wholeParam(call, 'offset', 0), wholeParam(call, 'limit', 100, { min: 1, max: 1000 }))
      return { json: { data: page } }
    },
  },
]

const entryPath = '/v2/lists/:list/entries'
const entryInput = (call: Call) => {
  const data = dataOf(call)
  const parent = { object: textOf(data, 'parent_object'), record: textOf(data, 'parent_record_id') }
  return { parent, values: data.entry_values }
}
const entries: Route[] = [
  {
    method: 'POST',
    path: `${entryPath}/query`,
    scopes: ENTRY_READ,
    budgets: ['read'],
    lag: 'query',
    run: (call) => query(call, listIn(call)),
  },
  {
    method: 'POST',
    path: entryPath,
    scopes: ENTRY_WRITE,
    budgets: ['write'],
    run: (call) => {
      const { parent, values: given } = entryInput(call)
      return one(call, listIn(call), addEntry(call.scene, listIn(call), parent, given, call))
    },
  },
  {
    method: 'PUT',
    path: entryPath,
    scopes: ENTRY_WRITE,
    budgets: ['write'],
    run: (call) => {
      const { parent, values: given } = entryInput(call)
      return one(call, listIn(call), assertEntry(call.scene, listIn(call), parent, given, call))
    },
  },
  {
    method: 'GET',
    path: `${entryPath}/:entry_id`,
    scopes: ENTRY_READ,
    budgets: ['read'],
    lag: 'get',
    run: (call) => one(call, listIn(call), seen(call, listIn(call), idIn(call, 'entry_id'))),
  },
  ...(['PATCH', 'PUT'] as const).map(
    (method): Route => ({
      method,
      path: `${entryPath}/:entry_id`,
      scopes: ENTRY_WRITE,
      budgets: ['write'],
      run: (call) => {
        const options = { by: call.by, mode: method === 'PATCH' ? 'prepend' : 'replace' } as const
        return one(
          call,
          listIn(call),
          writeEntry(call.scene, listIn(call), idIn(call, 'entry_id'), dataOf(call).entry_values, options),
        )
      },
    }),
  ),
  {
    method: 'DELETE',
    path: `${entryPath}/:entry_id`,
    scopes: ENTRY_WRITE,
    budgets: ['write'],
    run: (call) => {
      removeEntry(call.scene, listIn(call), idIn(call, 'entry_id'), call.by)
      return { json: {} }
    },
  },
  {
    method: 'GET',
    path: `${entryPath}/:entry_id/attributes/:attribute/values`,
    scopes: ENTRY_READ,
    budgets: ['read'],
    lag: 'get',
    run: (call) => values(call, listIn(call), idIn(call, 'entry_id')),
  },
  {
    method: 'PUT',
    path: `${entryPath}/:entry_id/attributes/:attribute/values`,
    scopes: ENTRY_WRITE,
    budgets: ['write'],
    run: (call) => rewrite(call, listIn(call), idIn(call, 'entry_id')),
  },
]

export const itemRoutes: readonly Route[] = [...records, ...entries]
