/**
 * The turbopuffer sink as an app, and its store alone for whoever reads it (verify) or builds in it (rebuild). How to reach
 * the log may be a caller's, so that a test can give it one in memory.
 */
import { type AppContext, type AppDefinition, counter } from '@attio-stream/service'
import { type Connected, openLive, type Sink, startStore } from '@attio-stream/sink'
import { type StoreSettings, settings } from './config.ts'
import { type Observers, TurbopufferStore } from './store.ts'

/** `connected`: what stands in for the servers the settings name. */
export function sinkTurbopufferApp(connected?: () => Connected): AppDefinition<typeof settings> {
  return {
    name: 'sink-turbopuffer',
    settings,
    async start(given, context) {
      const store = new TurbopufferStore(given, observersOf(context))
      const limits = {
        documents: given.SINK_TURBOPUFFER_BATCH_DOCUMENTS,
        bytes: given.SINK_TURBOPUFFER_BATCH_BYTES,
        lingerMs: given.SINK_TURBOPUFFER_LINGER_MS,
      }
      const instead = connected === undefined ? {} : { connected: connected() }
      return startStore({ store, limits, settings: given, context, ...instead })
    },
  }
}

export const app = sinkTurbopufferApp()

function observersOf({ logger, metrics }: AppContext): Observers {
  const leftOut = counter(metrics, {
    name: 'sink_turbopuffer_facts_left_out_total',
    help: 'Metadata facts that a namespace could not take as filterable attributes.',
  })
  const texts = counter(metrics, {
    name: 'sink_turbopuffer_texts_total',
    help: 'Chunk texts by where their vectors came from: the cache, or the model.',
    labels: ['from'],
  })
  const paid = counter(metrics, {
    name: 'sink_turbopuffer_embedding_paid_total',
    help: 'What a remote model was asked to embed, in requests, texts, characters, and tokens as it counts them.',
    labels: ['unit'],
  })
  const trouble = counter(metrics, {
    name: 'sink_turbopuffer_cache_failures_total',
    help: 'Times the embedding cache did not answer, and the model was asked instead.',
  })
  return {
    onLeftOut: (count) => leftOut.inc(count),
    onEmbedded: (hits, misses) => {
      texts.inc({ from: 'cache' }, hits)
      texts.inc({ from: 'model' }, misses)
    },
    onPaid: (one) => {
      paid.inc({ unit: 'requests' })
      paid.inc({ unit: 'texts' }, one.texts)
      paid.inc({ unit: 'characters' }, one.characters)
      paid.inc({ unit: 'tokens' }, one.tokens)
    },
    onCacheTrouble: (error) => {
      trouble.inc()
      logger.warn({ error }, 'The embedding cache does not answer; the model is asked instead.')
    },
  }
}

export const openStore = (given: StoreSettings): TurbopufferStore => new TurbopufferStore(given)

/** The live generation. Makes nothing: `open` does. */
export async function openSink(given: StoreSettings): Promise<Sink> {
  return await openLive(openStore(given), given)
}
