/** The postgres sink as an app, and its store alone for whoever reads it (verify) or builds in it (rebuild). */
import type { AppDefinition } from '@attio-stream/service'
import { openLive, type Sink, startStore } from '@attio-stream/sink'
import { type StoreSettings, settings } from './config.ts'
import { PostgresStore } from './store.ts'

export const app: AppDefinition<typeof settings> = {
  name: 'sink-postgres',
  settings,
  async start(given, context) {
    const limits = {
      documents: given.SINK_POSTGRES_BATCH_DOCUMENTS,
      bytes: given.SINK_POSTGRES_BATCH_BYTES,
      lingerMs: given.SINK_POSTGRES_LINGER_MS,
      concurrency: given.SINK_POSTGRES_CONCURRENCY,
    }
    return startStore({ store: new PostgresStore(given), limits, settings: given, context })
  },
}

export const openStore = (given: StoreSettings): PostgresStore => new PostgresStore(given)

/** The live generation. Makes nothing: `open` does. */
export async function openSink(given: StoreSettings): Promise<Sink> {
  return await openLive(openStore(given), given)
}
