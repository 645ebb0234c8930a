/** Settings of the turbopuffer sink. Only main.ts reads the environment. */
import { embedderSettings } from '@attio-stream/embedder'
import { databaseSettings, kafkaSettings, stateSettings } from '@attio-stream/service'
import { generationSettings } from '@attio-stream/sink'
import { z } from 'zod'

const whole = (least: number, most: number, otherwise: number) =>
  z.coerce.number().int().min(least).max(most).default(otherwise)
const httpUrl = () => z.url({ protocol: /^https?$/, error: 'is not an http(s) URL' })

/** Where the vectors are and how they are made: all that is needed to open the store. */
export const storeSettings = z.object({
  ...databaseSettings,
  CELL: kafkaSettings.CELL,
  TURBOPUFFER_API_KEY: z.string().min(1).describe('API key of turbopuffer, or of its emulator'),
  TURBOPUFFER_BASE_URL: httpUrl().describe(
    'turbopuffer, for example https://gcp-us-central1.turbopuffer.com, or its emulator',
  ),
  TURBOPUFFER_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9\-_.]{0,40}$/, 'takes letters, digits, dash, underscore and dot, at most 40')
    .default('attio-')
    .describe('prefix of all namespaces, so that several installations can share an account'),
  SINK_TURBOPUFFER_TIMEOUT_MS: whole(100, 600_000, 60_000).describe('longest a request may take'),
  SINK_TURBOPUFFER_REQUEST_ROWS: whole(1, 100_000, 5_000).describe('most chunk rows in one request'),
  SINK_TURBOPUFFER_REQUEST_BYTES: whole(1024, 500_000_000, 24 * 1024 * 1024).describe('most bytes in one request'),
  SINK_TURBOPUFFER_CONCURRENCY: whole(1, 64, 4).describe('requests to turbopuffer at the same time'),
  SINK_TURBOPUFFER_NAMESPACE_CONCURRENCY: whole(1, 64, 2).describe(
    'of them to one namespace; it commits about one entry a second, so more only wait there',
  ),
  SINK_TURBOPUFFER_COMPRESS: z.stringbool().default(false).describe('gzip request bodies: less traffic, more CPU'),
  ...embedderSettings,
  EMBEDDINGS_CACHE_SIZE: whole(0, 100_000_000, 1_000_000).describe(
    'vectors of a remote model kept in the control database; 0 for none',
  ),
  EMBEDDINGS_CACHE_DAYS: whole(0, 36_500, 0).describe(
    'days after its last use a cached vector is forgotten; 0 for only when there are too many',
  ),
})
export type StoreSettings = z.infer<typeof storeSettings>

export const settings = z.object({
  ...kafkaSettings,
  ...stateSettings,
  ...generationSettings,
  ...storeSettings.shape,
  SINK_TURBOPUFFER_BATCH_DOCUMENTS: whole(1, 50_000, 1_000).describe('most messages in one batch'),
  SINK_TURBOPUFFER_BATCH_BYTES: whole(1024, 256 * 1024 * 1024, 8 * 1024 * 1024).describe(
    'most artifact bytes in one batch',
  ),
  SINK_TURBOPUFFER_LINGER_MS: whole(0, 60_000, 50).describe(
    'how long a message may wait for company; turbopuffer commits about one entry a second per namespace, so large requests are cheap',
  ),
})
export type Settings = z.infer<typeof settings>
