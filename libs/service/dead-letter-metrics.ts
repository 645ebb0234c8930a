/**
 * How many messages were given up, by whom and why, and whether somebody stands still because most of what it sees fails.
 * The names are the same in every app, so that one alert serves all; both labels are words of ours (R14).
 */
import type { Registry } from 'prom-client'
import { counter, gauge } from './metrics.ts'

export interface DeadLetterMetrics {
  /** `fault`: the class of the reason, never the reason. */
  buried(stage: string, fault: string, count?: number): void
}

/** `standsStill`: asked when the page is. */
export function deadLetterMetrics(registry: Registry, standsStill?: () => boolean): DeadLetterMetrics {
  const letters = counter(registry, {
    name: 'dead_letters_total',
    help: 'Messages buried in crm.dead-letters, by stage and class of the reason.',
    labels: ['stage', 'fault'],
  })
  if (standsStill !== undefined)
    gauge(registry, {
      name: 'breaker_open',
      help: '1: most of the last messages can never succeed, so it stands still until it is started again with other code.',
      collect: (self) => self.set(standsStill() ? 1 : 0),
    })
  return { buried: (stage, fault, count = 1) => letters.inc({ stage, fault }, count) }
}
