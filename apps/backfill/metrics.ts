/** What backfill measures, and its lines of progress: records so far and their rate, every few seconds while it walks. */
import type { CallObserver } from '@attio-stream/attio'
import { type AppContext, counter, histogram } from '@attio-stream/service'
import type { RunsOptions } from './runs.ts'

const EVERY = 5000

export interface BackfillMeters {
  readonly observe: CallObserver
  readonly onPage: NonNullable<RunsOptions['onPage']>
  readonly stop: () => void
}

export function backfillMeters({ metrics, logger }: Pick<AppContext, 'metrics' | 'logger'>): BackfillMeters {
  const calls = counter(metrics, {
    name: 'attio_calls_total',
    help: 'Requests to Attio by route and status (0: no answer).',
    labels: ['route', 'status'],
  })
  const callSeconds = histogram(metrics, {
    name: 'attio_call_seconds',
    help: 'Time of a request to Attio.',
    labels: ['route'],
  })
  const score = counter(metrics, { name: 'attio_query_score_total', help: 'Sum of the scores of queries.' })
  const rows = counter(metrics, {
    name: 'backfill_rows_total',
    help: 'Rows read and published, by kind of stream.',
    labels: ['kind'],
  })
  const rejected = counter(metrics, {
    name: 'backfill_rejected_total',
    help: 'Rows that could not be read and were buried.',
  })
  let since = { at: performance.now(), rows: 0 }
  let total = 0
  let timer: NodeJS.Timeout | undefined
  const progress = (): void => {
    timer = undefined
    const seconds = (performance.now() - since.at) / 1000
    logger.info({ rows: total, rowsPerSecond: Math.round((total - since.rows) / seconds) }, 'Walking.')
    since = { at: performance.now(), rows: total }
  }
  return {
    observe: ({ route, status, ms, score: cost }) => {
      calls.inc({ route, status: String(status) })
      callSeconds.observe({ route }, ms / 1000)
      if (cost !== null) score.inc(cost)
    },
    onPage: ({ stream }, page) => {
      if (timer === undefined) {
        since = { at: performance.now(), rows: total }
        timer = setTimeout(progress, EVERY)
      }
      total += page.rows
      rows.inc({ kind: stream.split('/')[0] ?? '' }, page.rows)
      rejected.inc(page.rejected)
    },
    stop: () => clearTimeout(timer),
  }
}
