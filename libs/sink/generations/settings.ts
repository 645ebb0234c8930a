/** Settings of generations, the same for every sink that has them and for the rebuild command. */
import { databaseSettings } from '@attio-stream/service'
import { z } from 'zod'
import type { PaceLimits } from './pace.ts'

const whole = (least: number, most: number, otherwise: number) =>
  z.coerce.number().int().min(least).max(most).default(otherwise)

/** How a build behaves, whoever does it. */
export const buildSettings = {
  SINK_REBUILD_SHARE: z.coerce
    .number()
    .min(0.01)
    .max(1)
    .default(0.5)
    .describe('share of the time a rebuild may spend writing; a tenth of it while the live generation is behind'),
  SINK_REBUILD_DOCUMENTS_PER_SECOND: whole(0, 1_000_000, 0).describe(
    'most documents a second a rebuild writes; 0 for what its share of the time gives',
  ),
  SINK_REBUILD_LIVE_LAG: whole(1, 1_000_000, 200).describe(
    'messages the live generation may be behind before a rebuild slows down',
  ),
  SINK_REBUILD_BATCH_DOCUMENTS: whole(1, 50_000, 500).describe('most documents a rebuild writes in one batch'),
} as const

export const generationSettings = {
  ...databaseSettings,
  ...buildSettings,
  SINK_REBUILD_AUTOMATICALLY: z
    .stringbool()
    .default(false)
    .describe('begins a rebuild at the start of a sink whose code differs from what built the live generation'),
  SINK_RETIRED_HOURS: z.coerce
    .number()
    .min(0)
    .max(8760)
    .default(72)
    .describe('hours a retired generation is kept for a rollback before its sink drops it'),
} as const

const build = z.object(buildSettings)
const all = z.object(generationSettings)
export type BuildSettings = z.infer<typeof build>
export type GenerationSettings = z.infer<typeof all>

export const paceOf = (given: BuildSettings): PaceLimits => ({
  share: given.SINK_REBUILD_SHARE,
  perSecond: given.SINK_REBUILD_DOCUMENTS_PER_SECOND,
  liveLag: given.SINK_REBUILD_LIVE_LAG,
})
