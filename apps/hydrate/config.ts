/** The settings of hydrate. */
import { controlSettings, kafkaSettings, stateSettings } from '@attio-stream/service'
import { z } from 'zod'

const whole = (min: number, max: number, preset: number) => z.coerce.number().int().min(min).max(max).default(preset)

export const settings = z.object({
  ...kafkaSettings,
  ...controlSettings,
  ...stateSettings,
  ATTIO_API_URL: z.url().default('https://api.attio.com').describe('where Attio answers; an emulator in tests'),
  ATTIO_READS_PER_SECOND: whole(0, 80, 50).describe(
    'reads a second of one workspace, all processes together; 0 for no limit (emulators only)',
  ),
  SWEEP_READS_PER_SECOND: whole(1, 80, 10).describe('reads a second a sweep may use of them'),
  ATTIO_LATE_READ_MS: whole(0, 60_000, 3000).describe("how far Attio's answers may trail its writes, ms (R3)"),
  HYDRATE_CLOCK_SLACK_MS: whole(0, 86_400_000, 600_000).describe(
    'how far the clocks of our own machines may be apart, ms',
  ),
  HYDRATE_MAX_PENDING: whole(100, 10_000_000, 100_000).describe('notices held in memory before partitions are paused'),
  HYDRATE_READS_AT_ONCE: whole(1, 1000, 32).describe('reads under way at once, all workspaces together'),
  HYDRATE_READS_AT_ONCE_PER_WORKSPACE: whole(1, 100, 6).describe('reads under way at once for one workspace'),
})
export type Settings = z.infer<typeof settings>
