/** The opensearch sink as an app, and its store alone for whoever only reads it (verify). */
import { type AppDefinition, counter } from '@attio-stream/service'
import { type Sink, startSink } from '@attio-stream/sink'
import { type StoreSettings, settings } from './config.ts'
import { OpenSearchSink } from './sink.ts'

export const app: AppDefinition<typeof settings> = {
  name: 'sink-opensearch',
  settings,
  async start(given, context) {
    const unmapped = counter(context.metrics, {
      name: 'sink_opensearch_unmapped_total',
      help: 'Custom attributes written as text because the mapping has no room for them.',
    })
    const sink = new OpenSearchSink(given, { unmapped: (count) => unmapped.inc(count) })
    const limits = {
      documents: given.SINK_OPENSEARCH_BATCH_DOCUMENTS,
      bytes: given.SINK_OPENSEARCH_BATCH_BYTES,
      lingerMs: given.SINK_OPENSEARCH_LINGER_MS,
      concurrency: given.SINK_OPENSEARCH_CONCURRENCY,
    }
    return startSink({ sink, limits, settings: given, context })
  },
}

/** Connects on first use and makes nothing: `open` does. */
export async function openSink(given: StoreSettings): Promise<Sink> {
  return new OpenSearchSink(given)
}
