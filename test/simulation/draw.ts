/** Schedules from seeds: fast-check makes them, the same for the same seed, and shrinks those that fail. */
import fc from 'fast-check'
import { general } from './chance.ts'
import { drills } from './drills.ts'
import type { Schedule } from './schedule.ts'

const schedules: fc.Arbitrary<Schedule> = fc.oneof({ weight: 15, arbitrary: general }, ...drills)

/** The schedule of a seed. */
export function scheduleOf(seed: number): Schedule {
  const drawn: Schedule[] = []
  // Drawn by the same code that shrinks, so that the schedule of a seed is the one that is shrunk.
  fc.check(
    fc.property(fc.noBias(schedules), (schedule) => void drawn.push(schedule)),
    { seed, numRuns: 1 },
  )
  return drawn[0] as Schedule
}

export interface Shrunk {
  readonly schedule: Schedule
  /** Replays it without shrinking again. */
  readonly path: string
}

/** The simplest schedule found that still fails, in at most `most` runs; undefined when the seed's own passes. */
export async function shrink(
  seed: number,
  { fails, most, path }: { fails: (schedule: Schedule) => Promise<boolean>; most: number; path?: string },
): Promise<Shrunk | undefined> {
  let runs = 0
  const property = fc.asyncProperty(
    fc.noBias(schedules),
    async (schedule) => runs++ >= most || !(await fails(schedule)),
  )
  const found = await fc.check(property, {
    seed,
    numRuns: 1,
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  })
  const [schedule] = found.counterexample ?? []
  return schedule === undefined ? undefined : { schedule, path: found.counterexamplePath ?? '' }
}
