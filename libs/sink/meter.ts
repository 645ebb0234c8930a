/** What a sink counts. Names are the same for every sink; the registry's `app` label tells them apart. */
import {
  BATCH,
  counter,
  type DeadLetterMetrics,
  deadLetterMetrics,
  gauge,
  histogram,
  SECONDS,
} from '@attio-stream/service'
import type { Registry } from 'prom-client'

export interface Meter extends DeadLetterMetrics {
  written(kind: 'put' | 'delete' | 'forget', count: number): void
  batch(messages: number, seconds: number): void
  /** Age of a message when it became durable in the store, ms. */
  fresh(ms: number): void
  retried(): void
}

/** `lag`: messages of crm.artifacts not yet committed. All are asked when the page is. */
export function sinkMeter(
  registry: Registry,
  {
    lag,
    standsStill,
    hands,
  }: {
    readonly lag: () => Promise<number | undefined>
    readonly standsStill: () => boolean
    readonly hands: () => number
  },
): Meter {
  const written = counter(registry, {
    name: 'sink_writes_total',
    help: 'Writes that are durable in the store, superseded ones not counted.',
    labels: ['kind'],
  })
  const letters = deadLetterMetrics(registry, standsStill)
  const retried = counter(registry, { name: 'sink_retries_total', help: 'Store calls repeated after a failure.' })
  const size = histogram(registry, { name: 'sink_batch_messages', help: 'Messages in a store call.', buckets: BATCH })
  const taken = histogram(registry, {
    name: 'sink_batch_seconds',
    help: 'From taking a batch to its durable write, retries included.',
    buckets: SECONDS,
  })
  const freshness = histogram(registry, {
    name: 'sink_freshness_seconds',
    help: 'Age of an artifact message when it became durable in the store.',
    buckets: SECONDS,
  })
  gauge(registry, {
    name: 'sink_lag_messages',
    help: 'Offsets of crm.artifacts this sink has not committed; the last of a partition may be a transaction marker.',
    collect: async (self) => {
      const messages = await lag()
      if (messages !== undefined) self.set(messages)
    },
  })
  gauge(registry, {
    name: 'sink_concurrency',
    help: 'Store calls that may be made at the same time now: fewer than the setting while the store asks for less.',
    collect: (self) => self.set(hands()),
  })
  return {
    written: (kind, count) => written.inc({ kind }, count),
    batch: (messages, seconds) => {
      size.observe(messages)
      taken.observe(seconds)
    },
    fresh: (ms) => freshness.observe(Math.max(0, ms) / 1000),
    buried: letters.buried,
    retried: () => retried.inc(),
  }
}
