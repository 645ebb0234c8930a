/** Settings of the OpenSearch sink. Only main.ts reads the environment. */
import { databaseSettings, kafkaSettings, stateSettings } from '@attio-stream/service'
import { generationSettings } from '@attio-stream/sink'
import { z } from 'zod'

const whole = (least: number, most: number, otherwise: number) =>
  z.coerce.number().int().min(least).max(most).default(otherwise)

/** Where the documents are: all that is needed to open the store. */
export const storeSettings = z.object({
  ...databaseSettings,
  CELL: kafkaSettings.CELL,
  OPENSEARCH_URL: z
    .url({ protocol: /^https?$/, error: 'is not an http(s) URL' })
    .describe('OpenSearch that holds the documents'),
  OPENSEARCH_USERNAME: z.string().optional().describe('user name, where the server asks for one'),
  OPENSEARCH_PASSWORD: z.string().optional().describe('password of that user'),
  OPENSEARCH_CA_FILE: z
    .string()
    .optional()
    .describe('file with the certificate authority of the server, where it is a private one'),
  SINK_OPENSEARCH_PREFIX: z
    .string()
    .regex(/^([a-z0-9][a-z0-9._-]{0,60})?$/, 'takes lower-case letters, digits, dot, dash and underscore')
    .default('')
    .describe('prefix, as it stands, of the index and alias names'),
  SINK_OPENSEARCH_SHARDS: whole(1, 1024, 1).describe('primary shards of a new index'),
  SINK_OPENSEARCH_REFRESH_INTERVAL: z
    .string()
    .regex(/^\d+(ms|s)$/, 'is a time such as 250ms or 1s')
    .default('5s')
    .describe("the index's own refresh interval: what shows documents when nobody asks for it"),
  SINK_OPENSEARCH_REFRESH_MS: whole(0, 60_000, 250).describe(
    'a refresh is asked for this long after a write, ms, up to 1 s later while more is being written, 3 s in a backlog; 0 leaves it to the index',
  ),
  SINK_OPENSEARCH_FIELDS: whole(200, 20_000, 2000).describe(
    'most fields of the mapping; custom attributes beyond it stay filterable as text',
  ),
  SINK_OPENSEARCH_TIMEOUT_MS: whole(100, 600_000, 30_000).describe('longest a request may take'),
  SINK_OPENSEARCH_REQUEST_BYTES: whole(65_536, 90 * 1024 * 1024, 5 * 1024 * 1024).describe(
    'most bytes of one bulk request',
  ),
})
export type StoreSettings = z.infer<typeof storeSettings>

export const settings = z.object({
  ...kafkaSettings,
  ...stateSettings,
  ...generationSettings,
  ...storeSettings.shape,
  SINK_OPENSEARCH_BATCH_DOCUMENTS: whole(1, 50_000, 1000).describe('most messages in one batch'),
  SINK_OPENSEARCH_BATCH_BYTES: whole(1024, 256 * 1024 * 1024, 8 * 1024 * 1024).describe(
    'most artifact bytes in one batch',
  ),
  SINK_OPENSEARCH_LINGER_MS: whole(0, 60_000, 20).describe('how long a message may wait for company'),
  SINK_OPENSEARCH_CONCURRENCY: whole(1, 16, 2).describe('batches written at the same time'),
})
export type Settings = z.infer<typeof settings>
