/** What requests to Attio cost: how many, with what answer, how long, and the score of queries. The same names in every app. */
import type { Registry } from 'prom-client'
import { counter, histogram } from './metrics.ts'

/** Told of every attempt, as libs/attio's CallObserver. `status` 0: no answer. */
export type AttioCallMetrics = (call: {
  readonly route: string
  readonly status: number
  readonly ms: number
  readonly score: number | null
}) => void

export function attioCallMetrics(registry: Registry): AttioCallMetrics {
  const calls = counter(registry, {
    name: 'attio_calls_total',
    help: 'Requests to Attio by route and status (0: no answer).',
    labels: ['route', 'status'],
  })
  const seconds = histogram(registry, {
    name: 'attio_call_seconds',
    help: 'Time of a request to Attio.',
    labels: ['route'],
  })
  const scores = counter(registry, { name: 'attio_query_score_total', help: 'Sum of the scores of queries.' })
  return ({ route, status, ms, score }) => {
    calls.inc({ route, status: String(status) })
    seconds.observe({ route }, ms / 1000)
    if (score !== null) scores.inc(score)
  }
}
