/** Runs many schedules and sums up; the first failure is shrunk and printed with the line that replays it. */
import type { Pool } from './pool.ts'
import type { Report } from './worker.ts'

export interface SoakOptions {
  readonly pool: Pool
  readonly schedules: number
  /** Seed of the first schedule; the others follow. */
  readonly first: number
  readonly say: (line: string) => void
  /** Told how far it is. */
  readonly progress?: (done: number, failed: number) => void
  readonly enough?: () => boolean
}

export interface Soaked {
  readonly schedules: number
  readonly failed: readonly number[]
  readonly events: number
  readonly cpuMs: number
  readonly counts: Readonly<Record<string, number>>
  /** Schedules in which each kind of trouble happened. */
  readonly within: Readonly<Record<string, number>>
}

export async function soak({ pool, schedules, first, say, progress, enough }: SoakOptions): Promise<Soaked> {
  const failed: number[] = []
  const counts: Record<string, number> = {}
  const within: Record<string, number> = {}
  let done = 0
  let events = 0
  let cpuMs = 0
  const onReport = ({ seed, outcome, cpuMs: cpu }: Report): void => {
    done++
    events += outcome.events
    cpuMs += cpu
    if (outcome.faults.length > 0) failed.push(seed)
    for (const [what, count] of Object.entries(outcome.counts)) {
      counts[what] = (counts[what] ?? 0) + count
      if (count > 0) within[what] = (within[what] ?? 0) + 1
    }
    progress?.(done, failed.length)
  }
  const seeds = Array.from({ length: schedules }, (_, n) => first + n)
  await pool.runAll(seeds, onReport, () => failed.length > 2 || enough?.() === true)
  const worst = Math.min(...failed)
  if (failed.length > 0) await explain(pool, worst, say)
  return { schedules: done, failed, events, cpuMs, counts, within }
}

/** A failing seed, as simple as it gets. */
export async function explain(
  pool: Pool,
  seed: number,
  say: (line: string) => void,
  how: { readonly path?: string; readonly most?: number } = {},
): Promise<boolean> {
  const { outcome, shrunk } = await pool.run({ kind: 'shrink', seed, ...how })
  if (shrunk === undefined) {
    say(`seed ${seed} passes (${outcome.events} events, trace ${outcome.hash})`)
    return true
  }
  say(`seed ${seed} fails; shrunk:`)
  say(`  weather ${shrunk.weather}`)
  for (const command of shrunk.commands) say(`  ${command}`)
  say('in Attio:')
  for (const edit of outcome.edits) say(`  ${edit}`)
  say('found:')
  for (const fault of outcome.faults.slice(0, 10)) say(`  ${fault}`)
  say(`replay: make soak SEED=${seed} SHRUNK=${shrunk.path}`)
  return false
}
