/**
 * What backfill measures, and its lines of progress: records so far and their rate, every few seconds while it walks. What
 * sweeps healed is the measure of what webhooks miss.
 */
import type { CallObserver } from '@attio-stream/attio'
import { type AppContext, attioCallMetrics, counter } from '@attio-stream/service'
import type { Missing } from './missing.ts'
import type { RunsOptions } from './runs.ts'
import type { Summary } from './walks.ts'

const EVERY = 5000

export interface BackfillMeters {
  readonly observe: CallObserver
  readonly onPage: NonNullable<RunsOptions['onPage']>
  readonly onNominated: (missing: readonly Missing[]) => void
  readonly onSummary: (summary: Summary) => void
  readonly stop: () => void
}

export function backfillMeters({ metrics, logger }: Pick<AppContext, 'metrics' | 'logger'>): BackfillMeters {
  const rows = counter(metrics, {
    name: 'backfill_rows_total',
    help: 'Rows read and published, by kind of stream.',
    labels: ['kind'],
  })
  const rejected = counter(metrics, {
    name: 'backfill_rejected_total',
    help: 'Rows that could not be read and were buried.',
  })
  const nominated = counter(metrics, {
    name: 'sweep_nominated_total',
    help: 'Things known and not met by a sweep, read one by one to see whether they are gone, by kind.',
    labels: ['kind'],
  })
  const healed = counter(metrics, {
    name: 'sweep_healed_total',
    help: 'States that a sweep corrected and no webhook had told of, by kind and by what was missed.',
    labels: ['kind', 'what'],
  })
  const sweeps = counter(metrics, { name: 'sweeps_total', help: 'Sweeps that came to their end.' })
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
    observe: attioCallMetrics(metrics),
    onPage: ({ stream }, page) => {
      if (timer === undefined) {
        since = { at: performance.now(), rows: total }
        timer = setTimeout(progress, EVERY)
      }
      total += page.rows
      rows.inc({ kind: stream.split('/')[0] ?? '' }, page.rows)
      rejected.inc(page.rejected)
    },
    onNominated: (missing) => {
      for (const { kind } of missing) nominated.inc({ kind })
    },
    onSummary: (summary) => {
      sweeps.inc()
      for (const [state, count] of Object.entries(summary.healed)) {
        const [kind = '', what = ''] = state.split(' ')
        healed.inc({ kind, what }, count)
      }
    },
    stop: () => clearTimeout(timer),
  }
}
