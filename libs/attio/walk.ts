/**
 * Walks over everything of a kind: pages that join without a gap, from a cursor that can be kept and resumed. There are no
 * cursors at Attio, only limit and offset; a page joins the last one when a row of it shows again, and if none does the walk
 * steps back and reads again: never skips. It ends only on a short page (R11). Which position follows which page is
 * keyset.ts (records, entries) and offset.ts (notes, tasks).
 */
import { z } from 'zod'
import type { AttioClient, CallOptions } from './client.ts'
import { KEYSET } from './keyset.ts'
import { OFFSET } from './offset.ts'
import { get, many, post, slug } from './reads.ts'
import type { Read, RejectedRow, Row, Rows } from './row.ts'
import { START } from './trail.ts'

/** A place to read from; `after`: only rows created at or after it (keyset walks). */
export const positionSchema = z.object({ after: z.string().nullable(), offset: z.number().int().nonnegative() })
export type Position = z.infer<typeof positionSchema>

/**
 * Where a walk stands; JSON, to be kept. `trail`: rows of the last page, newest first and ever sparser, each with the position
 * that shows it again; `floor`: a position from which nothing is missed even if all of them are gone.
 */
export const cursorSchema = z.object({
  position: positionSchema,
  trail: z.array(z.object({ id: z.string(), position: positionSchema })),
  floor: positionSchema,
})
export type Cursor = z.infer<typeof cursorSchema>

export interface Page {
  /** Without those the last pages already had. */
  readonly rows: readonly Row[]
  readonly rejected: readonly RejectedRow[]
  readonly fence: number
  readonly score: number | null
  /** Where the walk goes on; null when this was the last page. Keep it after the rows are safe. */
  readonly cursor: Cursor | null
}

/** How one kind of list is paged. */
export interface Paging {
  readonly limit: number
  next(from: Position, page: Rows): Cursor
}

export interface WalkOptions extends CallOptions {
  readonly cursor?: Cursor | null
  /** Rows a page; a test's way to make pages small. */
  readonly limit?: number
}

/** Times a walk may start a page over without finding one row it knew. */
const MAX_RESTARTS = 5

export function walkRecords(client: AttioClient, object: string, options: WalkOptions = {}): AsyncGenerator<Page> {
  const path = `/v2/objects/${slug(object)}/records/query`
  const read = (at: Position, limit: number) =>
    many(
      client,
      post('/v2/objects/{object}/records/query', path, windowBody(at, limit, 'record_id')),
      'record',
      options,
    )
  return walk(read, { ...KEYSET, limit: options.limit ?? KEYSET.limit }, `records of ${object}`, options.cursor ?? null)
}

export function walkEntries(client: AttioClient, list: string, options: WalkOptions = {}): AsyncGenerator<Page> {
  const path = `/v2/lists/${slug(list)}/entries/query`
  const read = (at: Position, limit: number) =>
    many(client, post('/v2/lists/{list}/entries/query', path, windowBody(at, limit)), 'entry', options)
  return walk(
    read,
    { ...KEYSET, limit: options.limit ?? KEYSET.limit },
    `entries of list ${list}`,
    options.cursor ?? null,
  )
}

export interface NoteWalkOptions extends WalkOptions {
  readonly parent?: { readonly object: string; readonly record: string }
}
export function walkNotes(client: AttioClient, options: NoteWalkOptions = {}): AsyncGenerator<Page> {
  const { parent } = options
  const of = parent === undefined ? {} : { parent_object: parent.object, parent_record_id: parent.record }
  const read = ({ offset }: Position, limit: number) =>
    many(client, { ...get('/v2/notes', '/v2/notes'), query: { ...of, limit, offset }, notes: true }, 'note', options)
  return walk(read, { ...OFFSET, limit: options.limit ?? 50 }, 'notes', options.cursor ?? null)
}

export interface TaskWalkOptions extends WalkOptions {
  readonly linked?: { readonly object: string; readonly record: string }
}
export function walkTasks(client: AttioClient, options: TaskWalkOptions = {}): AsyncGenerator<Page> {
  const { linked } = options
  const of = linked === undefined ? {} : { linked_object: linked.object, linked_record_id: linked.record }
  const read = ({ offset }: Position, limit: number) =>
    many(
      client,
      { ...get('/v2/tasks', '/v2/tasks'), query: { ...of, sort: 'created_at:asc', limit, offset } },
      'task',
      options,
    )
  return walk(read, { ...OFFSET, limit: options.limit ?? OFFSET.limit }, 'tasks', options.cursor ?? null)
}

/**
 * Attio docs: always pass `sorts`; the default order is not documented. Filters on time need date and time. `record_id` is an
 * attribute of every object, and orders what was created in the same millisecond; entries have no such documented attribute.
 */
function windowBody({ after, offset }: Position, limit: number, ties?: 'record_id'): unknown {
  const window = after === null ? {} : { filter: { created_at: { $gte: after } } }
  const sorts = ['created_at', ...(ties === undefined ? [] : [ties])]
  return { ...window, sorts: sorts.map((attribute) => ({ direction: 'asc', attribute })), limit, offset }
}

/** The walk itself, over any way to read a window. */
export async function* walk(
  read: (at: Position, limit: number) => Promise<Read<Rows>>,
  paging: Paging,
  what: string,
  from: Cursor | null,
): AsyncGenerator<Page> {
  let cursor: Cursor = from ?? { position: START, trail: [], floor: START }
  let seen = new Set(cursor.trail.map((row) => row.id))
  let restarts = 0
  for (;;) {
    const { data, fence, score } = await read(cursor.position, paging.limit)
    if (!joins(cursor, data)) {
      restarts += cursor.trail.length === 1 ? 1 : 0
      if (restarts > MAX_RESTARTS)
        throw new Error(`The walk over ${what} finds no row twice: the list is in no stable order.`)
      cursor = stepBack(cursor)
      continue
    }
    if (cursor.trail.length > 0) restarts = 0
    const last = data.rows.length + data.rejected.length < paging.limit
    const next = last ? null : paging.next(cursor.position, data)
    yield { rows: data.rows.filter((row) => !seen.has(row.id)), rejected: data.rejected, fence, score, cursor: next }
    if (next === null) return
    seen = new Set(data.rows.map((row) => row.id))
    cursor = next
  }
}

/** Nothing to join with (the first page, or every known row is gone), or a known row shows. */
function joins(cursor: Cursor, page: Rows): boolean {
  if (cursor.trail.length === 0) return true
  const known = new Set(cursor.trail.map((row) => row.id))
  return page.rows.some((row) => known.has(row.id))
}

/** To the next known row further back; behind the last of them, to the floor. */
function stepBack(cursor: Cursor): Cursor {
  const [, ...trail] = cursor.trail
  return { ...cursor, trail, position: trail[0]?.position ?? cursor.floor }
}
