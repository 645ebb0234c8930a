/** The settings of backfill, and of sweeps, which are the same app. */
import { controlSettings, kafkaSettings } from '@attio-stream/service'
import { z } from 'zod'

const whole = (min: number, max: number, preset: number) => z.coerce.number().int().min(min).max(max).default(preset)

/** What is behind attio.changes: consumer group and the topic it reads. A group that never committed is not running and not waited for. */
const BEHIND = [
  'compact:attio.changes',
  'enrich:crm.records',
  'enrich:crm.attachments',
  'sink-postgres:crm.artifacts',
  'sink-opensearch:crm.artifacts',
  'sink-turbopuffer:crm.artifacts',
]

const groups = z
  .string()
  .default(BEHIND.join(','))
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(z.array(z.string().regex(/^[^:\s]+:[^:\s]+$/, 'each is group:topic')))
  .transform((parts) =>
    parts.map((part) => {
      const [group = '', topic = ''] = part.split(':')
      return { group, topic }
    }),
  )

export const settings = z.object({
  ...kafkaSettings,
  ...controlSettings,
  ATTIO_API_URL: z.url().default('https://api.attio.com').describe('where Attio answers; an emulator in tests'),
  ATTIO_READS_PER_SECOND: whole(0, 80, 50).describe(
    'reads a second of one workspace, all processes together; 0 for no limit (emulators only)',
  ),
  BACKFILL_READS_PER_SECOND: whole(1, 80, 25).describe('reads a second a walk may use of them'),
  BACKFILL_STREAMS_AT_ONCE: whole(1, 50, 3).describe('streams of one workspace walked at once'),
  BACKFILL_WORKERS: whole(1, 100, 6).describe('streams walked at once by this process, all workspaces together'),
  BACKFILL_MAX_LAG: whole(1, 100_000_000, 20_000).describe(
    'messages a stage or sink may be behind before the walks pause',
  ),
  BACKFILL_LAG_GROUPS: groups.describe('consumer groups that are watched for it, group:topic, separated by commas'),
  SWEEP_EVERY_HOURS: z.coerce
    .number()
    .min(0)
    .max(24 * 365)
    .default(24)
    .describe('hours from one sweep of a workspace to the next; 0 for none but those that something else makes due'),
  SWEEP_WATCH_MINUTES: whole(1, 59, 15).describe(
    'minutes from one look at what makes a sweep due to the next: state of the webhook, objects and attributes',
  ),
  SWEEP_READS_PER_SECOND: whole(1, 80, 10).describe('reads a second a sweep may use of them'),
  SWEEP_MAX_LAG: whole(1, 100_000_000, 2_000).describe(
    'messages a stage or sink, or hydrate, may be behind before sweeps pause',
  ),
})
export type Settings = z.infer<typeof settings>
