/**
 * Metrics of an app: prom-client behind three short functions, with buckets that fit what is measured here. Every app has
 * a registry of its own whose series carry the label `app`; one page shows them all. No label may hold an id of a record
 * or text of a customer (R14).
 */
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** From a millisecond to ten minutes: requests, batches, freshness. In seconds. */
export const SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 120, 300, 600,
] as const
/** Items in a batch. */
export const BATCH = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] as const
/** From 256 B to 16 MiB. In bytes. */
export const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216] as const

export interface MetricOptions<Label extends string> {
  readonly name: string
  /** One sentence: what is counted, in which unit. */
  readonly help: string
  readonly labels?: readonly Label[]
}

export function counter<Label extends string = never>(
  registry: Registry,
  { name, help, labels = [] }: MetricOptions<Label>,
): Counter<Label> {
  return new Counter({ name, help, labelNames: labels, registers: [registry] })
}

/** How long one gauge may look before the page goes on with what it knew last, ms. */
const LOOK = 1_000

/**
 * `collect` is called when the page is asked for, so nothing has to be kept up to date meanwhile. One that waits for a
 * server that is away does not hold up the page: it is then that somebody looks at it.
 */
export function gauge<Label extends string = never>(
  registry: Registry,
  {
    name,
    help,
    labels = [],
    collect,
  }: MetricOptions<Label> & { collect?: (gauge: Gauge<Label>) => void | Promise<void> },
): Gauge<Label> {
  return new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    ...(collect === undefined
      ? {}
      : {
          collect(this: Gauge<Label>) {
            return atMost(LOOK, collect(this))
          },
        }),
  })
}

/** Resolves with the work, or when the time is over; a work that fails in time fails it. */
async function atMost(ms: number, work: void | Promise<void>): Promise<void> {
  if (work === undefined) return
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  work.catch(() => {})
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

export function histogram<Label extends string = never>(
  registry: Registry,
  { name, help, labels = [], buckets = SECONDS }: MetricOptions<Label> & { readonly buckets?: readonly number[] },
): Histogram<Label> {
  return new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers: [registry] })
}

export function appRegistry(app: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ app })
  return registry
}

/** Memory, CPU, event loop delay of the process. */
export function processRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  return registry
}

/** One page over several registries; metrics of the same name stand together, as the format demands. */
export async function metricsPage(registries: readonly Registry[]): Promise<string> {
  const all = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()))
  return AggregatorRegistry.aggregate(all).metrics()
}
