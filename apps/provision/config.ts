/** Settings of `npm run provision`. */
import { kafkaSettings } from '@attio-stream/service'
import { z } from 'zod'

export const settings = z.object({
  ...kafkaSettings,
  REPLICATION_FACTOR: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('copies of every partition of a new topic; 3 in a real cluster, of which 2 must then be in sync'),
  PROVISION_WAIT: z.coerce
    .number()
    .min(0)
    .max(3600)
    .default(60)
    .describe('seconds to wait for brokers and registry to answer'),
})
