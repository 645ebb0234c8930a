/** One measured number beside the number it is held against. */
import { cpus, totalmem } from 'node:os'
import { table } from '../support/table.ts'

export interface Figure {
  readonly what: string
  readonly measured: string
  readonly goal: string
  /** Undefined: only told, not held against anything. */
  readonly met?: boolean
}

export function figures(list: readonly Figure[]): string {
  const verdict = ({ met }: Figure) => (met === undefined ? '' : met ? 'met' : 'short')
  return table([
    ['', 'measured', 'goal', ''],
    ...list.map((each) => [each.what, each.measured, each.goal, verdict(each)]),
  ])
}

export function machine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${memory} GiB, Node ${process.version}, ${process.platform}`
}
