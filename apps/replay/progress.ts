/** How far a replay is, in words. */
import type { ReplayStatus } from '@attio-stream/stream'

/** One line. `rate`: messages a second lately; `left`: seconds, as far as can be told. */
export function progressLine(status: ReplayStatus, { rate, left }: { readonly rate: number; readonly left?: number }) {
  const { done, partitions, share } = status
  const time = left === undefined ? '' : `, ${duration(left)} left`
  return `${Math.floor(share * 100)} %, ${done} of ${partitions} partitions; ${counts(status)}; ${Math.round(rate)}/s${time}`
}

/** What came of it, in as many lines as it takes. */
export function summary(status: ReplayStatus, seconds: number): readonly string[] {
  const { dryRun, differed, unreadable } = status
  const written = dryRun ? 'would be written' : 'were written'
  return [
    `Done in ${duration(seconds)}: ${counts(status)}.`,
    differed === 0 ? 'Nothing differs.' : `Those that differ ${written}.`,
    ...(unreadable === 0
      ? []
      : [
          `What the code of today cannot read stays as it was: ${number(unreadable)}. See why with the payload in hand.`,
        ]),
  ]
}

function counts({ looked, differed, unreadable }: ReplayStatus): string {
  const refused = unreadable === 0 ? '' : `, ${number(unreadable)} unreadable`
  return `${number(looked)} derived again, ${number(differed)} differ${refused}`
}

const number = (value: number): string => value.toLocaleString('en')

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`
  return `${Math.round(seconds / 60)} min`
}
