/** What each operation answers, given its parsed body: the bridge between HTTP and the store. */
import { ApiError, malformed, refused } from './api-error.ts'
import type { Counters } from './counters.ts'
import type { Route } from './routes.ts'
import type { Store } from './store.ts'
import { showWritten } from './write.ts'

export interface Reply {
  readonly status: number
  readonly body: unknown
}

export function answer(
  route: Route,
  body: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
  store: Store,
  counters: Counters,
): Reply {
  const started = performance.now()
  const name = route.namespace ?? ''
  const elapsed = () => Math.round(performance.now() - started)
  switch (route.operation) {
    case 'write': {
      if (store.isFull(name, body, Date.now())) {
        throw new ApiError(
          429,
          '💔 too much unindexed data in this namespace, slow down (see https://turbopuffer.com/docs/limits)',
        )
      }
      const written = store.write(name, body)
      counters.written(written.upserted.length, written.patched.length, written.deleted.length, written.skipped)
      const shown = showWritten(written, body, elapsed())
      const cloned = body.copy_from_namespace !== undefined || body.branch_from_namespace !== undefined
      return { status: 200, body: cloned ? { ...shown, message: 'namespace cloned successfully' } : shown }
    }
    case 'query': {
      const { body: result, returnedBytes } = store.query(name, body)
      const rows = store.namespace(name).rows.size
      return {
        status: 200,
        body: {
          ...result,
          billing: { billable_logical_bytes_queried: 256_000_000, billable_logical_bytes_returned: returnedBytes },
          performance: {
            cache_hit_ratio: 1,
            cache_temperature: 'hot',
            server_total_ms: elapsed(),
            query_execution_ms: elapsed(),
            exhaustive_search_count: rows,
            approx_namespace_size: rows,
          },
        },
      }
    }
    case 'metadata':
      return { status: 200, body: store.metadata(name) }
    case 'schema':
      return { status: 200, body: store.schema(name) }
    case 'update_schema':
      return { status: 200, body: store.updateSchema(name, body) }
    case 'delete_namespace':
      store.delete(name)
      return { status: 200, body: { status: 'OK' } }
    case 'warm':
      store.namespace(name)
      return { status: 202, body: { status: 'ACCEPTED', message: 'cache warm hint accepted' } }
    case 'list_namespaces':
      return { status: 200, body: list(query, store) }
  }
}

function list(query: URLSearchParams, store: Store): unknown {
  const size = Number(query.get('page_size') ?? 100)
  if (!Number.isInteger(size)) throw malformed('page_size', 'invalid digit found in string')
  if (size < 1 || size > 1000) throw refused(`Page size must be in range 1..=1000, was ${size}`)
  const prefix = query.get('prefix') ?? ''
  const after = afterCursor(query.get('cursor'))
  const names = store.namespaces().filter((name) => name.startsWith(prefix) && name > after)
  const page = names.slice(0, size)
  const last = page.at(-1)
  const next = names.length > page.length && last !== undefined ? cursorAfter(last) : null
  return { namespaces: page.map((id) => ({ id })), next_cursor: next }
}

const cursorAfter = (name: string): string => Buffer.from(JSON.stringify({ start_after: name })).toString('base64url')

function afterCursor(cursor: string | null): string {
  if (!cursor) return ''
  try {
    return String(
      (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { start_after?: string }).start_after ?? '',
    )
  } catch {
    throw new ApiError(500, "🐡 Unknown error, if this persists, please contact support!! We'll be happy to help :)")
  }
}
