/** From settings to a Search over the stores they name. Nothing is connected before the first question. */
import { embedderOf } from '@attio-stream/embedder'
import type { Store } from './hit.ts'
import { liveNamespaces } from './live-namespace.ts'
import { openSearchStore } from './opensearch/store.ts'
import { postgresStore } from './postgres/store.ts'
import { Search } from './search.ts'
import type { SearchSettings } from './settings.ts'
import { turbopufferStore } from './turbopuffer/store.ts'

export function openSearch(given: SearchSettings): Search {
  const timeoutMs = given.SEARCH_TIMEOUT_MS
  const stores: Store[] = []
  if (given.OPENSEARCH_URL !== undefined)
    stores.push(
      openSearchStore({
        url: given.OPENSEARCH_URL,
        username: given.OPENSEARCH_USERNAME,
        password: given.OPENSEARCH_PASSWORD,
        caFile: given.OPENSEARCH_CA_FILE,
        prefix: given.SINK_OPENSEARCH_PREFIX,
        timeoutMs,
      }),
    )
  const postgres = given.SINK_POSTGRES_URL ?? given.DATABASE_URL
  if (postgres !== undefined)
    stores.push(postgresStore({ url: postgres, schema: given.SINK_POSTGRES_SCHEMA, timeoutMs }))
  const { TURBOPUFFER_API_KEY: apiKey, TURBOPUFFER_BASE_URL: baseUrl } = given
  if (apiKey !== undefined && baseUrl !== undefined) {
    const { DATABASE_URL: databaseUrl, CELL: cell, TURBOPUFFER_PREFIX: prefix } = given
    const namespaces = liveNamespaces({ databaseUrl, cell, prefix, timeoutMs })
    stores.push(
      turbopufferStore({
        apiKey,
        baseUrl,
        timeoutMs,
        embedder: embedderOf(given, timeoutMs),
        namespaces,
      }),
    )
  }
  return new Search(stores)
}
