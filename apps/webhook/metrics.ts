/** What the webhook receiver measures. Event types come from signed senders only, and unknown ones are counted together. */

import type { AppContext } from '@attio-stream/service'
import { BATCH, counter, deadLetterMetrics, histogram } from '@attio-stream/service'

export function webhookMetrics(registry: AppContext['metrics']) {
  return {
    letters: deadLetterMetrics(registry),
    deliveries: counter(registry, {
      name: 'webhook_deliveries_total',
      help: 'Deliveries by the status they were answered with.',
      labels: ['status'],
    }),
    seconds: histogram(registry, {
      name: 'webhook_delivery_seconds',
      help: 'From the first byte of a delivery to its answer.',
    }),
    events: counter(registry, {
      name: 'webhook_events_total',
      help: 'Events that became notices, by type.',
      labels: ['type'],
    }),
    unknown: counter(registry, {
      name: 'webhook_unknown_events_total',
      help: 'Events of a type not known, accepted and left alone.',
    }),
    batch: histogram(registry, {
      name: 'webhook_produce_batch',
      help: 'Messages sent to the brokers together.',
      buckets: BATCH,
    }),
  }
}
