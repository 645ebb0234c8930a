/** The sink as an app: its store, and how much of it at once. The loop is libs/sink's. */
import type { AppDefinition } from '@attio-stream/service'
import { startSink } from '@attio-stream/sink'
import { settings } from './config.ts'
import { JsonlSink } from './sink.ts'

export const app: AppDefinition<typeof settings> = {
  name: 'sink-jsonl',
  settings,
  start: async (given, context) =>
    startSink({
      sink: new JsonlSink(given),
      limits: {
        documents: given.SINK_JSONL_BATCH_DOCUMENTS,
        bytes: given.SINK_JSONL_BATCH_BYTES,
        lingerMs: given.SINK_JSONL_LINGER_MS,
        concurrency: 1,
      },
      settings: given,
      context,
    }),
}
