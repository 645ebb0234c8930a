/** Which model embeds, as settings to spread into an app's own, and the embedder they mean. */
import { z } from 'zod'
import type { Embedder } from './embedder.ts'
import { localEmbedder } from './local.ts'
import { openAiCompatible, type Paid } from './openai-compatible.ts'

const whole = (least: number, most: number, otherwise: number) =>
  z.coerce.number().int().min(least).max(most).default(otherwise)

export const embedderSettings = {
  EMBEDDINGS_URL: z
    .url({ protocol: /^https?$/, error: 'is not an http(s) URL' })
    .optional()
    .describe('endpoint that speaks OpenAI’s API, up to and without /embeddings; without it texts are hashed locally'),
  EMBEDDINGS_MODEL: z.string().min(1).default('text-embedding-3-small').describe('model asked for at EMBEDDINGS_URL'),
  EMBEDDINGS_API_KEY: z.string().optional().describe('key for EMBEDDINGS_URL, when it wants one'),
  EMBEDDINGS_DIMENSIONS: whole(1, 10_752, 1536).describe('dimensions of the model’s vectors'),
  EMBEDDINGS_ASK_DIMENSIONS: z
    .stringbool()
    .default(false)
    .describe('sends the dimensions with each request, for models that can shorten their vectors'),
  EMBEDDINGS_BATCH_TEXTS: whole(1, 2048, 128).describe('most texts in one request for embeddings'),
  EMBEDDINGS_CONCURRENCY: whole(1, 64, 4).describe('requests for embeddings at the same time'),
} as const
const settings = z.object(embedderSettings)
export type EmbedderSettings = z.infer<typeof settings>

/**
 * Documents and queries must be embedded with the same settings. `timeoutMs`: the longest a request may take; `onPaid`: told
 * what each request to a model costs.
 */
export function embedderOf(given: EmbedderSettings, timeoutMs: number, onPaid?: (paid: Paid) => void): Embedder {
  if (given.EMBEDDINGS_URL === undefined) return localEmbedder()
  return openAiCompatible({
    url: given.EMBEDDINGS_URL,
    model: given.EMBEDDINGS_MODEL,
    apiKey: given.EMBEDDINGS_API_KEY,
    dimensions: given.EMBEDDINGS_DIMENSIONS,
    askDimensions: given.EMBEDDINGS_ASK_DIMENSIONS,
    batchTexts: given.EMBEDDINGS_BATCH_TEXTS,
    concurrency: given.EMBEDDINGS_CONCURRENCY,
    timeoutMs,
    onPaid,
  })
}
