/**
 * One element of an answer: its id, when it was created, and its text as Attio sent it. An element whose identity cannot be
 * read is returned as rejected, with its text, so that its neighbours go on.
 */
import { z } from 'zod'
import type { Answer } from './client.ts'
import { AttioError } from './error.ts'
import { rawData } from './raw.ts'

/** What Attio calls the id of each kind inside `id`. */
const ID_FIELDS = {
  record: 'record_id',
  entry: 'entry_id',
  note: 'note_id',
  task: 'task_id',
  object: 'object_id',
  list: 'list_id',
  member: 'workspace_member_id',
  attribute: 'attribute_id',
} as const
export type RowKind = keyof typeof ID_FIELDS

export interface Row {
  readonly id: string
  /** What lists are sorted by: the attribute `created_at` where the thing has one, else the field; '' when absent. */
  readonly createdAt: string
  readonly raw: string
}
export interface RejectedRow {
  readonly raw: string
  readonly reason: string
}

/** What a read gives: its data, when it was SENT (ms, Attio's clock), and the score of a query. */
export interface Read<T> {
  readonly data: T
  readonly fence: number
  readonly score: number | null
}
export interface Rows {
  readonly rows: readonly Row[]
  readonly rejected: readonly RejectedRow[]
}

const identified = z.looseObject({ id: z.record(z.string(), z.unknown()), created_at: z.string().optional() })
/** Attio on the wire: the attribute and the field of the same name may differ by milliseconds; filters and sorts use the attribute. */
const attributeOf = (list: unknown): string | undefined => {
  const value: unknown = Array.isArray(list) ? (list[0] as { value?: unknown } | undefined)?.value : undefined
  return typeof value === 'string' ? value : undefined
}

/** The elements of `data`. @throws AttioError `unavailable` when the answer has no `data`: then it is half an answer. */
export function rowsOf(answer: Answer, kind: RowKind, route: string): Read<Rows> {
  const texts = rawData(answer.text)
  const data = (answer.json as { data?: unknown }).data
  if (texts === null || typeof data !== 'object' || data === null)
    throw new AttioError('unavailable', { route, status: answer.status })
  const elements: readonly unknown[] = Array.isArray(data) ? data : [data]
  const rows: Row[] = []
  const rejected: RejectedRow[] = []
  texts.forEach((raw, index) => {
    const row = toRow(elements[index], raw, kind)
    if (row === null)
      rejected.push({ raw, reason: `A ${kind} without ${ID_FIELDS[kind]}: its identity cannot be read.` })
    else rows.push(row)
  })
  return { data: { rows, rejected }, fence: answer.fence, score: answer.score }
}

/** The one element of `data`, which was asked for by id: when its own id cannot be read it keeps the one asked for, and whoever reads the payload buries it. */
export function rowOf(answer: Answer, kind: RowKind, asked: string, route: string): Read<Row> {
  const { data, fence, score } = rowsOf(answer, kind, route)
  const [rejected] = data.rejected
  const row = data.rows[0] ?? (rejected === undefined ? undefined : { id: asked, createdAt: '', raw: rejected.raw })
  if (row === undefined) throw new AttioError('unavailable', { route, status: answer.status })
  return { data: row, fence, score }
}

function toRow(element: unknown, raw: string, kind: RowKind): Row | null {
  const parsed = identified.safeParse(element)
  if (!parsed.success) return null
  const id = parsed.data.id[ID_FIELDS[kind]]
  if (typeof id !== 'string' || id === '') return null
  const values = (parsed.data.values ?? parsed.data.entry_values) as { created_at?: unknown } | null | undefined
  return { id, createdAt: attributeOf(values?.created_at) ?? parsed.data.created_at ?? '', raw }
}
