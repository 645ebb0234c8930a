/**
 * An embedder that asks a cache first: unchanged text is never embedded twice, whichever generation or document it stands
 * in. A cache that fails costs money, not documents: its trouble is reported and the model asked.
 */
import { hash } from 'node:crypto'
import type { Embedder } from '@attio-stream/embedder'

export interface EmbeddingCache {
  get(model: string, hashes: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>
  put(model: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void>
}

export interface CachedOptions {
  readonly embedder: Embedder
  readonly cache: EmbeddingCache
  /** Told how many texts were found and how many had to be embedded. */
  readonly onUse?: (hits: number, misses: number) => void
  readonly onTrouble?: (error: unknown) => void
}

export function cached({ embedder, cache, onUse, onTrouble }: CachedOptions): Embedder {
  const { model, dimensions } = embedder
  const name = `${model}/${dimensions}`
  const quietly = async <T>(work: Promise<T>, instead: T): Promise<T> => {
    try {
      return await work
    } catch (error) {
      onTrouble?.(error)
      return instead
    }
  }
  return {
    model,
    dimensions,
    embed: async (texts, signal) => {
      const keys = texts.map((text) => hash('sha256', text, 'base64url'))
      const first = new Map<string, string>()
      for (const [i, key] of keys.entries()) if (!first.has(key)) first.set(key, texts[i] as string)
      const nothing: ReadonlyMap<string, Float32Array> = new Map()
      const known = await quietly(cache.get(name, [...first.keys()]), nothing)
      const missing = [...first].filter(([key]) => !known.has(key))
      onUse?.(first.size - missing.length, missing.length)
      const embedded =
        missing.length > 0
          ? await embedder.embed(
              missing.map(([, text]) => text),
              signal,
            )
          : []
      const fresh = new Map<string, Float32Array>()
      for (const [i, [key]] of missing.entries()) {
        const vector = embedded[i]
        if (vector) fresh.set(key, vector)
      }
      if (fresh.size > 0) await quietly(cache.put(name, fresh), undefined)
      return keys.map((key) => known.get(key) ?? fresh.get(key) ?? null)
    },
  }
}
