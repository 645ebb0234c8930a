/** Settings of enrich. */
import { kafkaSettings, stateSettings } from '@attio-stream/service'
import { z } from 'zod'

const milliseconds = (otherwise: number) => z.coerce.number().int().min(0).max(60_000).default(otherwise)

export const settings = z.object({
  ...kafkaSettings,
  ...stateSettings,
  ENRICH_LINGER_MS: milliseconds(10).describe('how long a changed record may wait for others to be emitted with, ms'),
  ENRICH_CATCH_UP_LINGER_MS: milliseconds(250).describe('the same while catching up, ms'),
  ENRICH_BACKFILL_LINGER_MS: milliseconds(3_000).describe(
    'the same for what a backfill brings, ms: long, so that a record whose notes and names are still coming is written once; an edit meanwhile does not wait',
  ),
})
