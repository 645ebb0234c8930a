/** The settings of the webhook receiver. */
import { controlSettings, kafkaSettings } from '@attio-stream/service'
import { z } from 'zod'

export const settings = z.object({
  ...kafkaSettings,
  ...controlSettings,
  WEBHOOK_PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('port Attio delivers to'),
  WEBHOOK_HOST: z.string().default('127.0.0.1').describe('address to listen on; 0.0.0.0 in a container'),
  WEBHOOK_LINGER_MS: z.coerce
    .number()
    .min(0)
    .max(50)
    .default(2)
    .describe('how long notices wait to be sent together with those of other deliveries, ms'),
  WEBHOOK_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(4500)
    .default(4000)
    .describe('how long the brokers may take before a delivery is answered 503, ms; Attio itself gives up after 5 s'),
})
export type Settings = z.infer<typeof settings>
