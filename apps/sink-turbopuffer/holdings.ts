/**
 * What the namespaces hold, document by document, for verify. Rows come ordered by record and ordinal, a page at a time. A
 * document whose rows do not belong together (one is missing, of another version, or too many) is shown with the hash
 * `torn`, which no document has, so that verify names it.
 */
import type { Address, Holding } from '@attio-stream/sink'
import type { Turbopuffer } from '@turbopuffer/turbopuffer'
import type { Filter } from '@turbopuffer/turbopuffer/resources'
import { isNotFound } from './trouble.ts'

const PAGE = 10_000
export const TORN = 'torn'

interface Seen {
  readonly record_id: string
  readonly ordinal: number
  readonly chunk_count: number
  readonly version: number
  readonly deleted: boolean
  readonly hash: string
}

export async function* holdingsOf(
  client: Turbopuffer,
  namespace: string,
  workspace: string,
  pageSize = PAGE,
): AsyncIterable<Holding> {
  let group: Seen[] = []
  for await (const row of rowsOf(client, namespace, pageSize)) {
    if (group[0] && group[0].record_id !== row.record_id) {
      yield holding(group, workspace)
      group = []
    }
    group.push(row)
  }
  if (group.length > 0) yield holding(group, workspace)
}

/** Of one record: one holding or none. */
export async function holdingIn(
  client: Turbopuffer,
  namespace: string,
  { workspace, id }: Address,
): Promise<readonly Holding[]> {
  try {
    const rows = await Array.fromAsync(rowsOf(client, namespace, PAGE, ['record_id', 'Eq', id]))
    return rows.length === 0 ? [] : [holding(rows, workspace)]
  } catch (error) {
    if (isNotFound(error)) return []
    throw error
  }
}

async function* rowsOf(client: Turbopuffer, namespace: string, pageSize: number, only?: Filter): AsyncIterable<Seen> {
  let last: Seen | undefined
  do {
    const { rows = [] } = await client.namespace(namespace).query({
      rank_by: [
        ['record_id', 'asc'],
        ['ordinal', 'asc'],
      ],
      limit: pageSize,
      include_attributes: ['record_id', 'ordinal', 'chunk_count', 'version', 'deleted', 'hash'],
      ...filtersOf(only, last && after(last)),
    })
    yield* rows as unknown as Seen[]
    last = rows.length < pageSize ? undefined : (rows.at(-1) as unknown as Seen)
  } while (last)
}

function filtersOf(...filters: readonly (Filter | undefined)[]): { readonly filters?: Filter } {
  const given = filters.filter((filter) => filter !== undefined)
  return given.length === 0 ? {} : { filters: ['And', given] }
}

const after = ({ record_id, ordinal }: Seen): Filter => [
  'Or',
  [
    ['record_id', 'Gt', record_id],
    [
      'And',
      [
        ['record_id', 'Eq', record_id],
        ['ordinal', 'Gt', ordinal],
      ],
    ],
  ],
]

function holding(rows: readonly Seen[], workspace: string): Holding {
  const [first] = rows as readonly [Seen, ...Seen[]]
  const live = rows.filter((row) => !row.deleted)
  const { record_id: id, version } = first
  const whole =
    first.ordinal === 0 &&
    (first.deleted
      ? live.length === 0
      : live.length === first.chunk_count &&
        live.every((row, i) => row.ordinal === i && row.version === version && row.hash === first.hash))
  if (!whole) return { id, workspace, version, hash: TORN, deleted: false }
  return { id, workspace, version, hash: first.deleted ? '' : first.hash, deleted: first.deleted }
}
