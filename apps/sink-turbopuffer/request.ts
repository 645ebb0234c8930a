/**
 * What several documents of one namespace and partition become in one atomic request. turbopuffer applies delete_by_filter,
 * then patch_by_filter, then the upserts; here they touch different rows: forgotten documents, rows beyond the new end of a
 * document, and rows up to it. Nobody sees a document half written.
 */
import type { Write } from '@attio-stream/sink'
import type { Filter, NamespaceWriteParams, Row } from '@turbopuffer/turbopuffer/resources'
import type { Schema } from './attributes.ts'

/** One write, ready to be sent. */
export interface Prepared {
  readonly write: Write
  /** Empty for a forget. */
  readonly rows: readonly Row[]
  /** Attributes beyond our own that the rows use. */
  readonly types: Schema
  readonly bytes: number
}

export interface RequestOptions {
  readonly ownSchema: Schema
  /**
   * The version marks get: the highest of this partition in this call of the sink. Every later version of any of these
   * documents is higher, because all come from one partition in order; every older one is lower or equal.
   */
  readonly markVersion: number
}

export function requestOf(
  batch: readonly Prepared[],
  { ownSchema, markVersion }: RequestOptions,
): NamespaceWriteParams {
  const rows = batch.flatMap((prepared) => prepared.rows)
  const stale = batch.filter(({ write }) => write.kind !== 'forget').map(staleRows)
  const forgotten = batch.filter(({ write }) => write.kind === 'forget').map(forgottenRows)
  const schema: Record<string, Schema[string]> = rows.length > 0 ? { ...ownSchema } : {}
  for (const { types } of batch) Object.assign(schema, types)
  return {
    ...(forgotten.length > 0 ? { delete_by_filter: anyOf(forgotten) } : {}),
    ...(stale.length > 0
      ? { patch_by_filter: { filters: anyOf(stale), patch: { ...MARK, version: markVersion } } }
      : {}),
    ...(rows.length > 0
      ? {
          upsert_rows: rows,
          upsert_condition: ['version', 'Lte', { $ref_new: 'version' }],
          schema,
          distance_metric: 'cosine_distance',
          return_affected_ids: true,
        }
      : {}),
  }
}

/** What is not to be read any more is not kept either: marks hold no text. */
const MARK = { deleted: true, text: null, title: null, hash: '' } as const

const anyOf = (filters: readonly Filter[]): Filter =>
  filters.length === 1 ? (filters[0] as Filter) : ['Or', [...filters]]

/** Rows of an older version beyond the new end of the document. */
function staleRows({ write, rows }: Prepared): Filter {
  return [
    'And',
    [
      ['record_id', 'Eq', write.id],
      ['ordinal', 'Gte', rows.length],
      ['version', 'Lt', write.version],
    ],
  ]
}

function forgottenRows({ write }: Prepared): Filter {
  return [
    'And',
    [
      ['record_id', 'Eq', write.id],
      ['version', 'Lte', write.version],
    ],
  ]
}

/**
 * Documents whose head was refused as older while some other row of theirs went in, because it had never been written in
 * this store: a late writer. Their rows must go again.
 */
export function lateOnes(batch: readonly Prepared[], upserted: readonly unknown[]): readonly Prepared[] {
  const went = new Set(upserted)
  return batch.filter(
    ({ rows: [head, ...others] }) => head && !went.has(head.id) && others.some((row) => went.has(row.id)),
  )
}

/** Takes back what a late writer put in: exactly the rows of its version. */
export function takeBack(late: readonly Prepared[]): NamespaceWriteParams {
  const filters = late.map(
    ({ write }): Filter => [
      'And',
      [
        ['record_id', 'Eq', write.id],
        ['ordinal', 'Gte', 1],
        ['version', 'Eq', write.version],
        ['deleted', 'Eq', false],
      ],
    ],
  )
  return { patch_by_filter: { filters: anyOf(filters), patch: MARK } }
}

/** Splits so that no request is larger than the limits; a single document always goes, whatever its size. */
export function portions(
  all: readonly Prepared[],
  most: { readonly rows: number; readonly bytes: number },
): readonly (readonly Prepared[])[] {
  const found: Prepared[][] = []
  let rows = 0
  let bytes = 0
  for (const prepared of all) {
    const last = found.at(-1)
    rows += Math.max(1, prepared.rows.length)
    bytes += prepared.bytes
    if (last && rows <= most.rows && bytes <= most.bytes) last.push(prepared)
    else {
      found.push([prepared])
      rows = Math.max(1, prepared.rows.length)
      bytes = prepared.bytes
    }
  }
  return found
}
