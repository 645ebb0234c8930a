/** Settings of compact. */
import { kafkaSettings, stateSettings } from '@attio-stream/service'
import { z } from 'zod'

export const settings = z.object({
  ...kafkaSettings,
  ...stateSettings,
  ATTIO_LATE_READ_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(3_000)
    .describe("how far Attio's answers may trail its writes, ms: a deletion beats reads sent up to this much after it"),
  DELETED_RETENTION_DAYS: z.coerce
    .number()
    .min(7)
    .max(365)
    .default(7)
    .describe('days a deleted record, note, task or entry is remembered, so that no late read raises it'),
})
