/** The app: compact on the log that its settings name. */
import type { AppDefinition } from '@attio-stream/service'
import { startStage } from '@attio-stream/stage'
import { settings } from './config.ts'
import { compactMetrics } from './metrics.ts'
import { compactStage } from './stage.ts'

const DAY = 24 * 60 * 60 * 1000

export const app: AppDefinition<typeof settings> = {
  name: 'compact',
  settings,
  start: (given, context) =>
    startStage({
      stage: compactStage({
        lateReadMs: given.ATTIO_LATE_READ_MS,
        retentionMs: given.DELETED_RETENTION_DAYS * DAY,
        ...compactMetrics(context.metrics),
      }),
      settings: given,
      context,
    }),
}
