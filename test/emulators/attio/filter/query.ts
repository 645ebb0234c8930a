/**
 * One records or entries query: the items of a page, and its score. A walk by creation time, a creation range and a
 * batch of ids touch only what they answer; everything else is a scan, as its score says.
 */
import { badBody, invalid } from '../errors.ts'
import type { Collection, Item, Workspace } from '../world/model.ts'
import type { View } from '../world/ordered.ts'
import { readInstant } from '../world/time.ts'
import { compileFilter, type FilterContext } from './compile.ts'
import { compareBy, compileSorts, type Sort } from './sort.ts'

export const MAX_LIMIT = 500

export interface QueryBody {
  readonly filter?: unknown
  readonly sorts?: unknown
  readonly limit?: unknown
  readonly offset?: unknown
  readonly filter_view_id?: unknown
}

export interface QueryResult {
  readonly items: readonly Item[]
  readonly score: number
}

function whole(body: QueryBody, name: 'limit' | 'offset', fallback: number, max: number): number {
  const given = body[name]
  if (given === undefined || given === null) return fallback
  if (typeof given !== 'number')
    throw badBody([
      {
        code: 'invalid_type',
        path: [name],
        message: `Expected number, received ${typeof given}`,
        expected: 'number',
        received: typeof given,
      },
    ])
  if (!Number.isInteger(given) || given < 0 || given > max)
    throw badBody([
      { code: 'invalid_number', path: [name], message: `"${name}" must be a whole number from 0 to ${max}.` },
    ])
  return given
}

export function runQuery(
  workspace: Workspace,
  collection: Collection,
  body: QueryBody,
  view: (collection: Collection) => View<Item>,
): QueryResult {
  const limit = whole(body, 'limit', MAX_LIMIT, MAX_LIMIT)
  const offset = whole(body, 'offset', 0, Number.MAX_SAFE_INTEGER)
  if (body.filter !== undefined && body.filter_view_id !== undefined)
    throw invalid('"filter" and "filter_view_id" are mutually exclusive.')
  let score = 0
  const size = Math.max(1, collection.items.length / 1000)
  const context: FilterContext = {
    workspace,
    view,
    charge: (units) => {
      score += units * size
    },
  }
  const items = view(collection)
  const { narrow, rest } = split(body.filter)
  const test = rest === undefined ? undefined : compileFilter(context, collection, rest)
  if (narrow.length > 0) for (const part of narrow) compileFilter({ ...context, charge: () => {} }, collection, part)
  const sorts = compileSorts(context, collection, body.sorts)
  const chosen = candidates(items, narrow)
  const passes = (item: Item) => test === undefined || test(item)

  const byCreation = sorts.length === 0 || sorts[0]?.byCreation === true
  if (!byCreation) {
    const found: Item[] = []
    for (const item of chosen(false)) if (passes(item)) found.push(item)
    found.sort(compareBy(sorts))
    return { items: found.slice(offset, offset + limit), score }
  }
  /** Without sorts the order is not documented; newest first keeps anyone from relying on it. */
  const backwards = sorts.length === 0 || sorts[0]?.direction === 'desc'
  const page: Item[] = []
  let skipped = 0
  if (limit > 0)
    for (const item of tied(chosen(backwards), sorts.slice(1))) {
      if (!passes(item)) continue
      if (skipped++ < offset) continue
      page.push(item)
      if (page.length === limit) break
    }
  return { items: page, score }
}

/** Items in the order of their creation, those of one millisecond by the further sorts; without any, as they come. */
function* tied(items: Iterable<Item>, sorts: readonly Sort[]): Iterable<Item> {
  let ties: Item[] = []
  const sorted = () => (sorts.length > 0 && ties.length > 1 ? ties.toSorted(compareBy(sorts)) : ties)
  for (const item of items) {
    if (ties.length > 0 && ties[0]?.createdAt !== item.createdAt) {
      yield* sorted()
      ties = []
    }
    ties.push(item)
  }
  yield* sorted()
}

interface Narrow {
  readonly record_id?: unknown
  readonly entry_id?: unknown
  readonly created_at?: unknown
}

/** Top-level conditions on id and creation time are answered by index, the rest by the compiled test. */
function split(filter: unknown): { narrow: Narrow[]; rest: unknown } {
  if (filter === undefined || filter === null) return { narrow: [], rest: undefined }
  if (typeof filter !== 'object' || Array.isArray(filter)) return { narrow: [], rest: filter }
  const narrow: Narrow[] = []
  const others: unknown[] = []
  const visit = (part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part) || 'path' in part) {
      others.push(part)
      return
    }
    for (const [key, raw] of Object.entries(part)) {
      if (key === '$and' && Array.isArray(raw)) raw.forEach(visit)
      else if (((key === 'record_id' || key === 'entry_id') && isIds(raw)) || (key === 'created_at' && isRange(raw)))
        narrow.push({ [key]: raw })
      else others.push({ [key]: raw })
    }
  }
  visit(filter)
  return { narrow, rest: others.length === 0 ? undefined : others.length === 1 ? others[0] : { $and: others } }
}

const isIds = (raw: unknown): boolean =>
  typeof raw === 'string' ||
  (typeof raw === 'object' && raw !== null && Object.keys(raw).every((key) => key === '$in' || key === '$eq'))
const isRange = (raw: unknown): boolean =>
  typeof raw === 'object' &&
  raw !== null &&
  Object.entries(raw).every(([key, at]) => RANGE.has(key) && readInstant(at) !== undefined)
const RANGE = new Set(['$lt', '$lte', '$gt', '$gte', '$eq'])

function candidates(view: View<Item>, narrow: readonly Narrow[]): (backwards: boolean) => Iterable<Item> {
  let from = 0
  let to = view.length
  let ids: Set<string> | undefined
  for (const part of narrow) {
    for (const raw of [part.record_id, part.entry_id]) if (raw !== undefined) ids = meet(ids, idsOf(raw))
    for (const [operator, at] of Object.entries((part.created_at as Record<string, unknown>) ?? {})) {
      const time = readInstant(at) as number
      if (operator === '$gte' || operator === '$eq') from = Math.max(from, view.lower(time))
      if (operator === '$gt') from = Math.max(from, view.lower(time + 1))
      if (operator === '$lt') to = Math.min(to, view.lower(time))
      if (operator === '$lte' || operator === '$eq') to = Math.min(to, view.lower(time + 1))
    }
  }
  if (ids) {
    const first = from < view.length ? view.at(from).createdAt : Infinity
    const last = to > 0 ? view.at(to - 1).createdAt : -Infinity
    const found = [...ids].flatMap((id) => {
      const item = view.get(id)
      return item && item.createdAt >= first && item.createdAt <= last ? [item] : []
    })
    found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    return (backwards) => (backwards ? found.reverse() : found)
  }
  return function* walk(backwards) {
    if (backwards) for (let i = to - 1; i >= from; i--) yield view.at(i)
    else for (let i = from; i < to; i++) yield view.at(i)
  }
}

function idsOf(raw: unknown): Set<string> {
  if (typeof raw === 'string') return new Set([raw])
  const given = (raw ?? {}) as { $in?: unknown; $eq?: unknown }
  if (Array.isArray(given.$in)) return new Set(given.$in.map(String))
  return new Set(typeof given.$eq === 'string' ? [given.$eq] : [])
}

const meet = (a: Set<string> | undefined, b: Set<string>): Set<string> =>
  a ? new Set([...a].filter((id) => b.has(id))) : b
