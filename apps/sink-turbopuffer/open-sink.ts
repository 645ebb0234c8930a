/** From settings to a sink: the client, the embedder with its cache, and what must be closed with them. */
import { embedderOf } from '@attio-stream/embedder'
import { type Control, openControl } from '@attio-stream/service'
import type { Sink } from '@attio-stream/sink'
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import { cached, type EmbeddingCache } from './cached.ts'
import type { StoreSettings } from './config.ts'
import { memoryCache } from './memory-cache.ts'
import type { Naming } from './names.ts'
import { type CacheTables, postgresCache } from './postgres-cache.ts'
import { createTurbopufferSink } from './sink.ts'

export interface Observers {
  /** Metadata facts that a namespace could not take as filterable attributes. */
  readonly onLeftOut?: (count: number) => void
  /** Texts found in the cache, and texts that had to be embedded. */
  readonly onEmbedded?: (hits: number, misses: number) => void
  readonly onCacheTrouble?: (error: unknown) => void
}

/** Texts whose local vectors are kept: a document's chunks when only its metadata changed. */
const LOCAL_CACHE = 20_000

export const namingOf = (settings: StoreSettings): Naming => ({
  prefix: settings.TURBOPUFFER_PREFIX,
  generation: settings.SINK_TURBOPUFFER_GENERATION,
})

/** The client as every reader and writer of our namespaces needs it; retries are the loop's. */
export function turbopufferClient(settings: StoreSettings): Turbopuffer {
  return new Turbopuffer({
    apiKey: settings.TURBOPUFFER_API_KEY,
    baseURL: settings.TURBOPUFFER_BASE_URL,
    region: null,
    timeout: settings.SINK_TURBOPUFFER_TIMEOUT_MS,
    compression: settings.SINK_TURBOPUFFER_COMPRESS,
    maxRetries: 0,
    logLevel: 'off',
  })
}

/** Connects to nothing yet; `close` of the sink closes the cache's database too. */
export function turbopufferSink(settings: StoreSettings, observers: Observers = {}): Sink {
  const remote = settings.EMBEDDINGS_URL !== undefined
  const size = settings.EMBEDDINGS_CACHE_SIZE
  const kept = remote && size > 0 ? controlCache(settings.DATABASE_URL, size) : undefined
  const cache = remote ? kept?.cache : memoryCache(LOCAL_CACHE)
  const { onEmbedded: onUse, onCacheTrouble: onTrouble, onLeftOut } = observers
  const inner = embedderOf(settings, settings.SINK_TURBOPUFFER_TIMEOUT_MS)
  const embedder = cache
    ? cached({ embedder: inner, cache, ...(onUse ? { onUse } : {}), ...(onTrouble ? { onTrouble } : {}) })
    : inner
  const sink = createTurbopufferSink({
    client: turbopufferClient(settings),
    embedder,
    naming: namingOf(settings),
    requestRows: settings.SINK_TURBOPUFFER_REQUEST_ROWS,
    requestBytes: settings.SINK_TURBOPUFFER_REQUEST_BYTES,
    concurrency: settings.SINK_TURBOPUFFER_CONCURRENCY,
    ...(onLeftOut ? { onLeftOut } : {}),
  })
  const close = sink.close.bind(sink)
  sink.close = async () => {
    await close()
    await kept?.close()
  }
  return sink
}

/** The cache of the control database, which is reached when it is first asked, and again while it cannot be reached. */
function controlCache(databaseUrl: string, size: number): { cache: EmbeddingCache; close(): Promise<void> } {
  let opening: Promise<Control> | undefined
  const opened = async (): Promise<EmbeddingCache> => {
    opening ??= openControl({ databaseUrl, poolSize: 2 })
    try {
      return postgresCache((await opening).db.withTables<CacheTables>(), size)
    } catch (error) {
      opening = undefined
      throw error
    }
  }
  let cache: Promise<EmbeddingCache> | undefined
  const reach = async () => {
    cache ??= opened()
    try {
      return await cache
    } catch (error) {
      cache = undefined
      throw error
    }
  }
  return {
    cache: {
      get: async (model, hashes) => (await reach()).get(model, hashes),
      put: async (model, vectors) => (await reach()).put(model, vectors),
    },
    close: async () => (await opening?.catch(() => undefined))?.close(),
  }
}

/** The store alone, for whoever only reads it (verify). */
export async function openSink(settings: StoreSettings): Promise<Sink> {
  return turbopufferSink(settings)
}
