/**
 * PORT Embedder: text to vectors. Adapters: openai-compatible.ts (a model behind HTTP) and local.ts (deterministic, needs
 * nothing). Queries and documents must be embedded by the same model.
 */
export interface Embedder {
  /** Names the vectors: two embedders with one name give the same vector for the same text. */
  readonly model: string
  readonly dimensions: number
  /**
   * A vector per text, in order, of length one; null for a text the model will never take.
   * @throws EmbedderError when it may heal.
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly (Float32Array | null)[]>
}

export class EmbedderError extends Error {
  readonly retryAfterMs: number | undefined
  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number | undefined } = {}) {
    super(message, { cause: options.cause })
    this.name = 'EmbedderError'
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Length one; a vector of zeros stays as it is. */
export function normalised(vector: Float32Array): Float32Array {
  let square = 0
  for (const element of vector) square += element * element
  if (square === 0) return vector
  const length = Math.sqrt(square)
  return vector.map((element) => element / length)
}
