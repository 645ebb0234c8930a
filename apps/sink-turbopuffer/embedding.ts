/**
 * The embedder that settings mean, behind its cache. What a remote model has embedded is kept in the control database, so
 * that no generation, restart or other instance pays for the same text again; local vectors cost nothing but work.
 */
import { type Embedder, embedderOf, type Paid } from '@attio-stream/embedder'
import { type Control, openControl } from '@attio-stream/service'
import { cached, type EmbeddingCache } from './cached.ts'
import type { StoreSettings } from './config.ts'
import { memoryCache } from './memory-cache.ts'
import { type CacheLimits, type CacheTables, postgresCache } from './postgres-cache.ts'

export interface EmbeddingObservers {
  /** Texts found in the cache, and texts that had to be embedded. */
  readonly onEmbedded?: (hits: number, misses: number) => void
  readonly onCacheTrouble?: (error: unknown) => void
  /** What a request to the model cost. */
  readonly onPaid?: (paid: Paid) => void
}

export interface Embedding {
  readonly embedder: Embedder
  close(): Promise<void>
}

/** Texts whose local vectors are kept: a document's chunks when only its metadata changed. */
const LOCAL_CACHE = 20_000

/** Connects to nothing yet. */
export function embeddingOf(settings: StoreSettings, observers: EmbeddingObservers): Embedding {
  const { onEmbedded: onUse, onCacheTrouble: onTrouble, onPaid } = observers
  const remote = settings.EMBEDDINGS_URL !== undefined
  const limits = { size: settings.EMBEDDINGS_CACHE_SIZE, days: settings.EMBEDDINGS_CACHE_DAYS }
  const kept = remote && limits.size > 0 ? controlCache(settings.DATABASE_URL, limits) : undefined
  const cache = remote ? kept?.cache : memoryCache(LOCAL_CACHE)
  const inner = embedderOf(settings, settings.SINK_TURBOPUFFER_TIMEOUT_MS, onPaid)
  const embedder = cache
    ? cached({ embedder: inner, cache, ...(onUse ? { onUse } : {}), ...(onTrouble ? { onTrouble } : {}) })
    : inner
  return { embedder, close: async () => kept?.close() }
}

/** The cache of the control database, which is reached when it is first asked, and again while it cannot be reached. */
function controlCache(databaseUrl: string, limits: CacheLimits): { cache: EmbeddingCache; close(): Promise<void> } {
  let opening: Promise<Control> | undefined
  const opened = async (): Promise<EmbeddingCache> => {
    opening ??= openControl({ databaseUrl, poolSize: 2 })
    try {
      return postgresCache((await opening).db.withTables<CacheTables>(), limits)
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
