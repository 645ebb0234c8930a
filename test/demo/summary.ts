/** The demo's table: documents per type and store, freshness, and what Attio was asked. */
import { milliseconds, spread } from '../bench/percentiles.ts'
import type { Store } from '../support/stores.ts'
import { table } from '../support/table.ts'

export async function summary(measured: {
  readonly stores: readonly Store[]
  readonly seen: readonly { readonly edit: string; readonly store: string; readonly ms: number }[]
  /** Requests to Attio by method and route. */
  readonly calls: Readonly<Record<string, number>>
  /** Webhooks delivered and accepted. */
  readonly deliveries: number
}): Promise<string> {
  const { stores, seen, deliveries } = measured
  const calls = Object.entries(measured.calls).sort(([, a], [, b]) => b - a)
  const counts = await Promise.all(stores.map((store) => store.counts()))
  const sources = [...new Set(counts.flatMap((count) => [...count.keys()]))].sort()
  const documents = [
    ['documents', ...stores.map(({ name }) => name)],
    ...sources.map((source) => [source, ...counts.map((count) => String(count.get(source) ?? 0))]),
    ['all', ...counts.map((count) => String([...count.values()].reduce((sum, n) => sum + n, 0)))],
  ]
  const freshness = stores.map(({ name }) => spread(seen.filter(({ store }) => store === name).map(({ ms }) => ms)))
  const rows = [
    ...documents,
    ['freshness p50', ...freshness.map(({ p50 }) => milliseconds(p50))],
    ['freshness p99', ...freshness.map(({ p99 }) => milliseconds(p99))],
  ]
  const asked = calls.reduce((sum, [, count]) => sum + count, 0)
  const spent = [
    `Attio sent ${deliveries} webhooks and was asked ${asked} times, most often`,
    ...calls.slice(0, 5).map(([route, count]) => `  ${String(count).padStart(4)} × ${route}`),
  ]
  return `${table(rows)}\n\n${spent.join('\n')}`
}
