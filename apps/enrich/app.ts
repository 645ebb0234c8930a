/** The app: enrich on the log that its settings name. */
import type { AppDefinition } from '@attio-stream/service'
import { startStage } from '@attio-stream/stage'
import { settings } from './config.ts'
import { enrichStage } from './stage.ts'

/** Counts up when the same inputs give another artifact, so that a new process looks at every record again. */
const JOIN_VERSION = '1'

export const app: AppDefinition<typeof settings> = {
  name: 'enrich',
  settings,
  start: (given, context) =>
    startStage({
      stage: enrichStage({
        linger: {
          live: given.ENRICH_LINGER_MS,
          catchingUp: given.ENRICH_CATCH_UP_LINGER_MS,
          patient: { quiet: given.ENRICH_BACKFILL_QUIET_MS, most: given.ENRICH_BACKFILL_LINGER_MS },
        },
      }),
      version: JOIN_VERSION,
      settings: given,
      context,
    }),
}
