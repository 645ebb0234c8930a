/** Generations and their progress as lines for people. */
import { type Generation, keyText, type Progress } from '@attio-stream/sink'

const KEPT = 5

/** `47 % of 100000, 1200/s, 44 s left`. */
export function progressText({ done, total, rate }: Progress): string {
  if (total === 0) return 'nothing to do'
  const share = `${Math.floor((100 * done) / total)} % of ${total}`
  if (done >= total) return share
  const left = rate > 0.5 ? `, ${duration((total - done) / rate)} left` : ''
  return `${share}, ${Math.round(Math.max(0, rate))}/s${left}`
}

export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Newest first; of those that are gone, the latest few. */
export function statusLines(sink: string, all: readonly Generation[]): readonly string[] {
  if (all.length === 0) return [`${sink}: no generation yet; its sink makes the first one when it starts.`]
  const gone = all.filter(({ state }) => state === 'dropped').slice(0, KEPT)
  return all
    .filter((one) => one.state !== 'dropped' || gone.includes(one))
    .flatMap((one) => {
      const head = `${sink} ${one.number}: ${one.state}${detail(one)}`
      const what = `  ${one.places.join(', ')} (${keyText(one.key)})`
      return [head, what, ...(one.reason === '' ? [] : [`  does not go on: ${one.reason}`])]
    })
}

function detail(one: Generation): string {
  switch (one.state) {
    case 'building':
      return `, ${progressText(one)}`
    case 'caught up':
    case 'verified':
      return one.switching ? ', readers are being moved to it' : ''
    case 'live':
      return ` since ${when(one.liveAt)}`
    case 'retired':
      return ` since ${when(one.retiredAt)}`
    case 'dropped':
      return one.droppedAt === null ? ', being removed' : ` on ${when(one.droppedAt)}`
  }
}

const when = (date: Date | null): string => date?.toISOString().slice(0, 16).replace('T', ' ') ?? 'unknown'
