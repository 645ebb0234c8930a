/** An embedding cache in this process: the most recently used vectors, at most `size` of them. */
import type { EmbeddingCache } from './cached.ts'

export function memoryCache(size: number): EmbeddingCache {
  const vectors = new Map<string, Float32Array>()
  return {
    get: async (model, hashes) => {
      const found = new Map<string, Float32Array>()
      for (const hash of hashes) {
        const key = `${model} ${hash}`
        const vector = vectors.get(key)
        if (!vector) continue
        vectors.delete(key)
        vectors.set(key, vector)
        found.set(hash, vector)
      }
      return found
    },
    put: async (model, fresh) => {
      for (const [hash, vector] of fresh) vectors.set(`${model} ${hash}`, vector)
      for (const key of vectors.keys()) {
        if (vectors.size <= size) break
        vectors.delete(key)
      }
    },
  }
}
