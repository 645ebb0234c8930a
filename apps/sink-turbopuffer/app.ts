/**
 * The app: reads crm.artifacts and keeps turbopuffer true. How to reach the log (whose prefix is CELL) is the caller's, so
 * that a test can give it one in memory.
 */
import { toDocument } from '@attio-stream/documents'
import { type AppContext, type AppDefinition, counter, type RunningApp } from '@attio-stream/service'
import { runSink } from '@attio-stream/sink'
import { type Codec, kafkaLog, type Log, openCodec } from '@attio-stream/stream'
import { type Settings, settings } from './config.ts'
import { turbopufferSink } from './open-sink.ts'

export interface Connected {
  readonly log: Log
  readonly codec: () => Promise<Codec>
}

/** `connect`: the log, and the codec of its messages. The log is closed when the app has stopped. */
export function sinkTurbopufferApp(
  connect: (given: Settings, context: AppContext) => Connected,
): AppDefinition<typeof settings> {
  return {
    name: 'sink-turbopuffer',
    settings,
    start: async (given, context) => start(given, context, connect(given, context)),
  }
}

export const app = sinkTurbopufferApp((given) => ({
  log: kafkaLog({
    brokers: given.KAFKA_BROKERS,
    clientId: 'sink-turbopuffer',
    prefix: given.CELL,
    directory: given.STATE_DIRECTORY,
  }),
  codec: () => openCodec({ registryUrl: given.SCHEMA_REGISTRY_URL }),
}))

function start(given: Settings, { logger, metrics }: AppContext, { log, codec }: Connected): RunningApp {
  const leftOut = counter(metrics, {
    name: 'sink_turbopuffer_facts_left_out_total',
    help: 'Metadata facts that a namespace could not take as filterable attributes.',
  })
  const texts = counter(metrics, {
    name: 'sink_turbopuffer_texts_total',
    help: 'Chunk texts by where their vectors came from: the cache, or the model.',
    labels: ['from'],
  })
  const trouble = counter(metrics, {
    name: 'sink_turbopuffer_cache_failures_total',
    help: 'Times the embedding cache did not answer, and the model was asked instead.',
  })
  const sink = turbopufferSink(given, {
    onLeftOut: (count) => leftOut.inc(count),
    onEmbedded: (hits, misses) => {
      texts.inc({ from: 'cache' }, hits)
      texts.inc({ from: 'model' }, misses)
    },
    onCacheTrouble: (error) => {
      trouble.inc()
      logger.warn({ error }, 'The embedding cache does not answer; the model is asked instead.')
    },
  })
  const running = runSink({
    sink,
    log,
    codec,
    format: toDocument,
    logger,
    metrics,
    limits: {
      documents: given.SINK_TURBOPUFFER_BATCH_DOCUMENTS,
      bytes: given.SINK_TURBOPUFFER_BATCH_BYTES,
      lingerMs: given.SINK_TURBOPUFFER_LINGER_MS,
    },
  })
  return {
    health: () => running.health(),
    failed: running.failed,
    stop: async () => {
      await running.stop()
      await log.close()
    },
  }
}
