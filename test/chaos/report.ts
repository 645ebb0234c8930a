/** What a run found, as a table, and whether it is as it must be. */
import { table } from '../support/table.ts'
import { KINDS, type Kind } from './acts.ts'
import type { Findings } from './checks.ts'

export interface Report extends Findings {
  readonly seed: number
  readonly minutes: number
  readonly acts: readonly Kind[]
  readonly edits: number
  /** Acknowledged by us. */
  readonly deliveries: number
  /** Times a store was read whole meanwhile. */
  readonly samples: number
  readonly resurrected: readonly string[]
  readonly backwards: readonly string[]
  /** Processes that ended although nobody killed them. */
  readonly ended: readonly string[]
  readonly logs?: string
}

/** What must be empty, and what it is called. */
const MUST_BE_NONE = {
  lost: 'acknowledged webhooks lost',
  resurrected: 'documents resurrected',
  backwards: 'versions gone back',
  duplicates: 'artifacts visible twice',
  differences: 'differences to the truth',
  deadLetters: 'messages buried',
  ended: 'processes ended by themselves',
} as const satisfies Partial<Record<keyof Report, string>>

type Fault = keyof typeof MUST_BE_NONE
const FAULTS = Object.keys(MUST_BE_NONE) as readonly Fault[]

export function isClean(report: Report): boolean {
  return FAULTS.every((fault) => report[fault].length === 0)
}

export function reportLines(report: Report): string {
  const counted = KINDS.map((kind) => [kind, report.acts.filter((one) => one === kind).length] as const)
  const rows: readonly (readonly [string, string])[] = [
    ['seed', String(report.seed)],
    ['minutes', report.minutes.toFixed(1)],
    ...counted.filter(([, count]) => count > 0).map(([kind, count]) => [kind, String(count)] as const),
    ['edits', String(report.edits)],
    ['deliveries acknowledged', String(report.deliveries)],
    ['times a store was read whole', String(report.samples)],
    ...FAULTS.map((fault) => [MUST_BE_NONE[fault], String(report[fault].length)] as const),
  ]
  const told = FAULTS.flatMap((fault) => report[fault].slice(0, 10).map((one) => `${MUST_BE_NONE[fault]}: ${one}`))
  return [table([['chaos', ''], ...rows]), ...told].join('\n')
}
