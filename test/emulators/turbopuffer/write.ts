/**
 * A write: all of it or nothing. Order inside one request (documentation: delete_by_filter, patch_by_filter): first
 * delete_by_filter, then patch_by_filter, then everything by id, whose conditions see what the filters left. Everything that
 * can fail is done before the first row changes.
 */
import { malformed, refused } from './api-error.ts'
import type { Filter, Scope } from './filter.ts'
import { compileFilter, everything, select } from './filter.ts'
import type { HardLimits } from './limits.ts'
import type { Metric, Namespace, Row } from './namespace.ts'
import { rowOf } from './namespace.ts'
import type { Id } from './value.ts'
import type { WriteRequest } from './write-request.ts'

export type Body = Readonly<Record<string, unknown>>

export interface Written {
  readonly upserted: readonly Id[]
  readonly patched: readonly Id[]
  readonly deleted: readonly Id[]
  readonly skipped: number
  readonly remaining: boolean
  readonly bytes: number
}

const METRICS: readonly string[] = ['cosine_distance', 'euclidean_squared', 'euclidean']

export function metricOf(body: Body, request: WriteRequest, known: Metric | null | undefined): Metric | null {
  const said = body.distance_metric
  if (said !== undefined && (typeof said !== 'string' || !METRICS.includes(said))) {
    throw malformed(
      'distance_metric',
      `unknown variant \`${String(said)}\`, expected one of \`Unknown\`, \`euclidean_squared\`, \`cosine_distance\`, \`euclidean\`, \`Query\``,
    )
  }
  const hasVector = [...request.schema.values()].some((attribute) => attribute.type.kind === 'vector')
  if (!hasVector) return known ?? null
  if (known && said && said !== known) throw refused(`distance metric mismatch, expected ${known}, got ${String(said)}`)
  const metric = (said as Metric | undefined) ?? known
  if (!metric) throw refused('distance_metric must be specified for write to namespace with a vector')
  return metric
}

export function applyWrite(namespace: Namespace, request: WriteRequest, body: Body, limits: HardLimits): Written {
  const scope = (allowsRefNew: boolean): Scope => ({
    schema: request.schema,
    idType: request.idType,
    namespace,
    allowsRefNew,
  })
  const condition = (key: string): Filter =>
    body[key] === undefined ? everything : compileFilter(body[key], scope(true))
  const upsertIf = condition('upsert_condition')
  const patchIf = condition('patch_condition')
  const deleteIf = condition('delete_condition')

  // null: deleted in this request.
  const staged = new Map<Id, Row | null>()
  const now = (id: Id): Row | undefined => {
    const row = staged.get(id)
    return row === null ? undefined : (row ?? namespace.rows.get(id))
  }
  const patchedRow = (row: Row, values: Row['values']): Row => rowOf(row.id, { ...row.values, ...values })
  const deleted = new Set<Id>()
  const patched = new Set<Id>()
  let remaining = false
  let bytes = 0

  if (body.delete_by_filter !== undefined) {
    const found = select(namespace, compileFilter(body.delete_by_filter, scope(false)))
    const kept = within(
      found,
      limits.deleteByFilterRows,
      body.delete_by_filter_allow_partial === true,
      'delete_by_filter',
    )
    remaining ||= kept.length < found.length
    for (const row of kept) {
      staged.set(row.id, null)
      deleted.add(row.id)
    }
  }
  if (request.patch) {
    const by = body.patch_by_filter as { readonly filters: unknown }
    const found = select(namespace, compileFilter(by.filters, scope(false))).filter((row) => !deleted.has(row.id))
    const kept = within(found, limits.patchByFilterRows, body.patch_by_filter_allow_partial === true, 'patch_by_filter')
    remaining ||= kept.length < found.length
    for (const row of kept) {
      staged.set(row.id, patchedRow(row, request.patch))
      patched.add(row.id)
    }
  }

  const upserted: Id[] = []
  let skipped = 0
  for (const row of request.upserts) {
    const stored = now(row.id)
    if (stored && !upsertIf.matches(stored, row)) {
      skipped++
      continue
    }
    staged.set(row.id, row)
    upserted.push(row.id)
    bytes += row.bytes
  }
  for (const patch of request.patches) {
    const stored = now(patch.id)
    if (!stored || !patchIf.matches(stored, patch)) {
      skipped++
      continue
    }
    staged.set(patch.id, patchedRow(stored, patch.values))
    patched.add(patch.id)
    bytes += patch.bytes
  }
  for (const id of request.deletes) {
    const stored = now(id)
    if (!stored || !deleteIf.matches(stored, null)) {
      skipped++
      continue
    }
    staged.set(id, null)
    deleted.add(id)
  }

  for (const [id, row] of staged) {
    if (row === null) namespace.remove(id)
    else namespace.put(row)
  }
  return { upserted, patched: [...patched], deleted: [...deleted], skipped, remaining, bytes }
}

function within(found: Row[], limit: number, partial: boolean, operation: string): Row[] {
  if (found.length <= limit) return found
  if (!partial) {
    throw refused(
      `${operation} matches more documents than allowed (${limit}); set ${operation}_allow_partial to process them in several requests`,
    )
  }
  return found.slice(0, limit)
}

/** The answer to a write: counts only for the kinds of operation the request used. */
export function showWritten(written: Written, body: Body, serverMs: number): Record<string, unknown> {
  const uses = (...keys: string[]) => keys.some((key) => body[key] !== undefined && body[key] !== null)
  const { upserted, patched, deleted } = written
  const byFilter = uses('delete_by_filter', 'patch_by_filter')
  const queried =
    byFilter || uses('upsert_condition', 'patch_condition', 'delete_condition', 'patch_rows', 'patch_columns')
  const ids = body.return_affected_ids === true
  return {
    status: 'OK',
    message: 'documents committed successfully',
    rows_affected: upserted.length + patched.length + deleted.length,
    ...(uses('upsert_rows', 'upsert_columns') ? { rows_upserted: upserted.length } : {}),
    ...(uses('patch_rows', 'patch_columns', 'patch_by_filter') ? { rows_patched: patched.length } : {}),
    ...(uses('deletes', 'delete_by_filter') ? { rows_deleted: deleted.length } : {}),
    ...(byFilter ? { rows_remaining: written.remaining } : {}),
    ...(ids && upserted.length > 0 ? { upserted_ids: upserted } : {}),
    ...(ids && patched.length > 0 ? { patched_ids: patched } : {}),
    ...(ids && deleted.length > 0 ? { deleted_ids: deleted } : {}),
    billing: {
      billable_logical_bytes_written: written.bytes,
      ...(queried
        ? { query: { billable_logical_bytes_queried: 256_000_000, billable_logical_bytes_returned: 0 } }
        : {}),
    },
    performance: { server_total_ms: serverMs },
  }
}
