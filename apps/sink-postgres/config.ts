/** Settings of the Postgres sink. Only main.ts reads the environment. */
import { databaseSettings, kafkaSettings, stateSettings } from '@attio-stream/service'
import { generationSettings } from '@attio-stream/sink'
import { z } from 'zod'

const whole = (least: number, most: number, otherwise: number) =>
  z.coerce.number().int().min(least).max(most).default(otherwise)

/** Where the documents are: all that is needed to open the store. */
export const storeSettings = z.object({
  ...databaseSettings,
  CELL: kafkaSettings.CELL,
  SINK_POSTGRES_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'is not a postgres:// URL' })
    .optional()
    .describe('Postgres that holds the documents; the control database when not set'),
  SINK_POSTGRES_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,30}$/, 'takes lower-case letters, digits and underscore')
    .default('search')
    .describe('schema of the documents, made by the sink'),
  SINK_POSTGRES_TIMEOUT_MS: whole(100, 600_000, 60_000).describe('longest a statement may run'),
  SINK_POSTGRES_CONCURRENCY: whole(1, 16, 2).describe('batches written at the same time'),
})
export type StoreSettings = z.infer<typeof storeSettings>

export const settings = z.object({
  ...kafkaSettings,
  ...stateSettings,
  ...generationSettings,
  ...storeSettings.shape,
  SINK_POSTGRES_BATCH_DOCUMENTS: whole(1, 50_000, 500).describe('most messages in one batch'),
  SINK_POSTGRES_BATCH_BYTES: whole(1024, 256 * 1024 * 1024, 8 * 1024 * 1024).describe(
    'most artifact bytes in one batch',
  ),
  SINK_POSTGRES_LINGER_MS: whole(0, 60_000, 20).describe('how long a message may wait for company'),
})
export type Settings = z.infer<typeof settings>
