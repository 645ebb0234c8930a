/** What hydrate measures, and which of its events are worth a line in the log. */
import type { CallObserver } from '@attio-stream/attio'
import { type AppContext, attioCallMetrics, counter, deadLetterMetrics, gauge, histogram } from '@attio-stream/service'
import type { Agenda } from './agenda.ts'
import type { HydratorEvent } from './event.ts'

export interface HydrateMeters {
  readonly observe: CallObserver
  readonly onEvent: (event: HydratorEvent) => void
  readonly buried: (fault: string, notices: number) => void
}

/** A reason is logged at most this often, ms. */
const QUIET = 10_000

export function hydrateMeters(
  { metrics, logger }: Pick<AppContext, 'metrics' | 'logger'>,
  agenda: () => Agenda | undefined,
  standsStill: () => boolean,
): HydrateMeters {
  const letters = deadLetterMetrics(metrics, standsStill)
  const things = counter(metrics, {
    name: 'hydrate_things_total',
    help: 'Things read because of notices, by what became of them.',
    labels: ['outcome'],
  })
  const notices = counter(metrics, {
    name: 'hydrate_notices_total',
    help: 'Notices that were not answered with a read, by what became of them.',
    labels: ['outcome'],
  })
  const retries = counter(metrics, {
    name: 'hydrate_retries_total',
    help: 'Reads put off because something did not answer.',
  })
  const fresh = histogram(metrics, {
    name: 'hydrate_freshness_seconds',
    help: 'From a notice to the first published read sent after it.',
  })
  gauge(metrics, {
    name: 'hydrate_pending_notices',
    help: 'Notices held in memory.',
    collect: (self) => self.set(agenda()?.notices ?? 0),
  })
  gauge(metrics, {
    name: 'hydrate_pending_things',
    help: 'Things held in memory.',
    collect: (self) => self.set(agenda()?.things ?? 0),
  })
  const said = new Map<string, number>()
  const warn = (fields: Record<string, unknown>, line: string): void => {
    const key = `${fields.workspace} ${line}`
    if (performance.now() - (said.get(key) ?? Number.NEGATIVE_INFINITY) < QUIET) return
    if (said.size > 1000) said.clear()
    said.set(key, performance.now())
    logger.warn(fields, line)
  }
  return {
    buried: (fault, count) => letters.buried('hydrate', fault, count),
    observe: attioCallMetrics(metrics),
    onEvent: (event) => {
      switch (event.kind) {
        case 'read':
          things.inc({ outcome: 'gone' }, event.gone)
          things.inc({ outcome: 'missing' }, event.missing)
          things.inc({ outcome: 'read' }, event.things - event.gone - event.missing)
          return
        case 'fresh':
          return fresh.observe(event.seconds)
        case 'later':
          retries.inc()
          return warn({ workspace: event.workspace }, `A read is put off: ${event.reason}`)
        case 'parked':
        case 'dropped':
        case 'skipped':
        case 'buried':
          notices.inc({ outcome: event.kind }, event.notices)
          if (event.kind === 'buried') letters.buried('hydrate', event.fault, event.notices)
          return warn(
            { workspace: event.workspace, notices: event.notices },
            `Notices were ${event.kind}: ${event.reason}`,
          )
      }
    },
  }
}
