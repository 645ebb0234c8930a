/** Settings of the sink. Only main.ts reads the environment. */
import { kafkaSettings, stateSettings } from '@attio-stream/service'
import { z } from 'zod'

const whole = (least: number, most: number, otherwise: number) =>
  z.coerce.number().int().min(least).max(most).default(otherwise)

export const settings = z.object({
  ...kafkaSettings,
  ...stateSettings,
  SINK_JSONL_DIRECTORY: z.string().min(1).default('.data/jsonl').describe('directory of the files, one a workspace'),
  SINK_JSONL_LONGEST_TEXT: whole(1_000, 50_000_000, 5_000_000).describe('characters of the longest text that is taken'),
  SINK_JSONL_BATCH_DOCUMENTS: whole(1, 50_000, 2_000).describe('most messages in one batch'),
  SINK_JSONL_BATCH_BYTES: whole(1024, 256 * 1024 * 1024, 8 * 1024 * 1024).describe('most artifact bytes in one batch'),
  SINK_JSONL_LINGER_MS: whole(0, 60_000, 50).describe('how long a message may wait for company, ms'),
})
