/**
 * The embedder that needs no account: words and their parts hashed into 256 dimensions. The same text gives the same vector
 * on every machine; texts that share words, or parts of words, are near each other. It knows nothing of meaning.
 */
import { type Embedder, normalised } from './embedder.ts'

const DIMENSIONS = 256
/** Share of a word's weight that its parts carry, so that "negotiate" is near "negotiation". */
const PARTS = 0.8
const PART_LENGTH = 4
const WORD = /[\p{L}\p{N}]+/gu
const MARKS = /\p{M}+/gu

export function localEmbedder(): Embedder {
  return {
    model: `local-hash-${DIMENSIONS}-v1`,
    dimensions: DIMENSIONS,
    embed: async (texts, signal) => {
      signal.throwIfAborted()
      return texts.map(hashed)
    },
  }
}

/** Texts without a single word share one direction. */
const EMPTY = Float32Array.from({ length: DIMENSIONS }, (_, i) => (i === 0 ? 1 : 0))

function hashed(text: string): Float32Array {
  const counts = new Map<string, number>()
  for (const word of text.normalize('NFKD').replace(MARKS, '').toLowerCase().match(WORD) ?? []) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  if (counts.size === 0) return EMPTY
  const vector = new Float32Array(DIMENSIONS)
  for (const [word, count] of counts) {
    // A word said ten times counts a few times; short words say less than long ones.
    const weight = (1 + Math.log(count)) * Math.min(1, (word.length / 6) ** 2)
    add(vector, fnv1a(word, 0, word.length), weight)
    const parts = word.length - PART_LENGTH + 1
    for (let at = 0; at < parts; at++) {
      add(vector, fnv1a(word, at, at + PART_LENGTH), (weight * PARTS) / Math.sqrt(parts))
    }
  }
  const unit = normalised(vector)
  return unit.some((element) => element !== 0) ? unit : EMPTY
}

/** Signed hashing: what collides cancels out on average. */
function add(vector: Float32Array, hash: number, weight: number): void {
  const at = hash % DIMENSIONS
  vector[at] = (vector[at] as number) + ((hash >>> 16) & 1 ? weight : -weight)
}

function fnv1a(text: string, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let i = from; i < to; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 12)) >>> 0
}
