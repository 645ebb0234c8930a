/** The postgres sink as an app, and its store alone for whoever only reads it (verify). */
import type { AppDefinition } from '@attio-stream/service'
import { type Sink, startSink } from '@attio-stream/sink'
import { type StoreSettings, settings } from './config.ts'
import { PostgresSink } from './sink.ts'

export const app: AppDefinition<typeof settings> = {
  name: 'sink-postgres',
  settings,
  async start(given, context) {
    const sink = new PostgresSink(given)
    const limits = {
      documents: given.SINK_POSTGRES_BATCH_DOCUMENTS,
      bytes: given.SINK_POSTGRES_BATCH_BYTES,
      lingerMs: given.SINK_POSTGRES_LINGER_MS,
      concurrency: given.SINK_POSTGRES_CONCURRENCY,
    }
    return startSink({ sink, limits, settings: given, context })
  },
}

/** Connects on first use and makes nothing: `open` does. */
export async function openSink(given: StoreSettings): Promise<Sink> {
  return new PostgresSink(given)
}
