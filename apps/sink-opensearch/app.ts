/** The opensearch sink as an app, and its store alone for whoever reads it (verify) or builds in it (rebuild). */
import { type AppDefinition, counter } from '@attio-stream/service'
import { openLive, type Sink, startStore } from '@attio-stream/sink'
import { type StoreSettings, settings } from './config.ts'
import { OpenSearchStore } from './store.ts'

export const app: AppDefinition<typeof settings> = {
  name: 'sink-opensearch',
  settings,
  async start(given, context) {
    const unmapped = counter(context.metrics, {
      name: 'sink_opensearch_unmapped_total',
      help: 'Custom attributes written as text because the mapping has no room for them.',
    })
    const store = new OpenSearchStore(given, { unmapped: (count) => unmapped.inc(count) })
    const limits = {
      documents: given.SINK_OPENSEARCH_BATCH_DOCUMENTS,
      bytes: given.SINK_OPENSEARCH_BATCH_BYTES,
      lingerMs: given.SINK_OPENSEARCH_LINGER_MS,
      concurrency: given.SINK_OPENSEARCH_CONCURRENCY,
    }
    return startStore({ store, limits, settings: given, context })
  },
}

export const openStore = (given: StoreSettings): OpenSearchStore => new OpenSearchStore(given)

/** The live generation. Makes nothing: `open` does. */
export async function openSink(given: StoreSettings): Promise<Sink> {
  return await openLive(openStore(given), given)
}
