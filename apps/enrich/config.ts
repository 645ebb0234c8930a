/** Settings of enrich. */
import { kafkaSettings, stateSettings } from '@attio-stream/service'
import { z } from 'zod'

const milliseconds = (otherwise: number) => z.coerce.number().int().min(0).max(60_000).default(otherwise)

export const settings = z.object({
  ...kafkaSettings,
  ...stateSettings,
  ENRICH_LINGER_MS: milliseconds(10).describe('how long a changed record may wait for others to be emitted with, ms'),
  ENRICH_CATCH_UP_LINGER_MS: milliseconds(250).describe('the same while catching up, ms'),
  ENRICH_BACKFILL_QUIET_MS: milliseconds(1_500).describe(
    'what a backfill brings is emitted when nothing more has come for this long, ms: a record whose notes and names are still coming is written once; an edit meanwhile does not wait',
  ),
  ENRICH_BACKFILL_LINGER_MS: milliseconds(15_000).describe('what a backfill brings waits at most this long, ms'),
})
