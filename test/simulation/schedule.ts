/**
 * What a simulation is made of, as plain data: how the world behaves, and what happens in it one after the other. fast-check
 * makes schedules from a seed and shrinks those that fail.
 */
import fc from 'fast-check'
import { STAGES, type StageName } from './system.ts'

export interface Weather {
  /** Of everything that is left to chance. */
  readonly seed: number
  readonly records: number
  readonly workspaces: number
  /** Most ms Attio's answers trail its writes. */
  readonly lateMs: number
  readonly merges: '2025' | '2026'
  readonly mergeWindowMs: number
  /** Events that Attio may or may not fire. */
  readonly extraEvents: boolean
  readonly skewMs: number
  readonly attioSkewMs: number
  readonly pageSize: number
  readonly members: 1 | 2
  readonly deliveries: { readonly twice: number; readonly reorderMs: number; readonly dropped: number }
  /** Some edits fire no event. */
  readonly silence: boolean
  readonly requests: { readonly failing: number; readonly limited: number }
  /** Attio's own limits hold. */
  readonly limits: boolean
  readonly stores: { readonly failing: number; readonly slowest: number }
}

export type Command =
  | { readonly kind: 'edit'; readonly workspace: number; readonly seed: number; readonly times: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'crash'
      readonly stage: StageName
      readonly which: number
      readonly disk: 'kept' | 'lost'
      readonly downMs: number
    }
  | { readonly kind: 'freeze'; readonly stage: StageName; readonly which: number; readonly ms: number }
  | { readonly kind: 'join'; readonly stage: StageName }
  | { readonly kind: 'leave'; readonly stage: StageName; readonly which: number }
  | { readonly kind: 'brokers away'; readonly ms: number }
  | { readonly kind: 'store down'; readonly store: number; readonly ms: number }
  | { readonly kind: 'silent edit'; readonly workspace: number; readonly seed: number }
  | { readonly kind: 'walk'; readonly workspace: number; readonly as: 'backfill' | 'sweep' }
  | { readonly kind: 'log cleaned' }

export interface Schedule {
  readonly weather: Weather
  readonly commands: readonly Command[]
}

const SECOND = 1_000
const HOUR = 3_600 * SECOND
const DAY = 24 * HOUR

const seed = fc.noShrink(fc.nat(0x7fffffff))
const rarely = (...rates: readonly number[]) => fc.constantFrom(0, 0, ...rates)

const weather: fc.Arbitrary<Weather> = fc.record({
  seed,
  records: fc.constantFrom(0, 6, 12),
  workspaces: fc.constantFrom(1, 1, 1, 2),
  lateMs: fc.constantFrom(0, 3_000, 3_000),
  merges: fc.constantFrom('2026' as const, '2025' as const),
  mergeWindowMs: fc.constantFrom(0, 2_000),
  extraEvents: fc.boolean(),
  skewMs: fc.constantFrom(0, 0, 5 * 60 * SECOND),
  attioSkewMs: fc.constantFrom(0, 0, 90 * SECOND, -200 * SECOND),
  pageSize: fc.constantFrom(50, 3, 4, 6),
  members: fc.constantFrom(1 as const, 1 as const, 2 as const),
  silence: fc.constantFrom(false, false, false, true),
  deliveries: fc.record({
    dropped: fc.constantFrom(0, 0, 0, 0, 0.4, 1),
    twice: rarely(0.3),
    reorderMs: fc.constantFrom(0, 0, 8 * SECOND, 3 * HOUR, 2 * DAY),
  }),
  requests: fc.record({ failing: rarely(0.05, 0.2), limited: rarely(0.05, 0.2) }),
  limits: fc.boolean(),
  stores: fc.record({ failing: rarely(0.1, 0.4), slowest: fc.constantFrom(20, 20, 4_000) }),
})

const stage = fc.constantFrom(...STAGES)
const which = fc.nat(1)
/** Between two steps, between two reads, past the session, past everything. */
const pause = fc.oneof(fc.nat(40), fc.nat(600), fc.nat(4_000), fc.nat(4_000), fc.nat(30 * SECOND), fc.nat(6 * HOUR))
const outage = fc.oneof(fc.nat(2_000), fc.nat(30 * SECOND), fc.nat(30 * SECOND), fc.nat(12 * 60 * SECOND))

const silent: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('silent edit' as const),
  workspace: fc.nat(1),
  seed,
})

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      workspace: fc.nat(1),
      seed,
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: pause }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      stage,
      which,
      disk: fc.constantFrom('kept' as const, 'lost' as const),
      downMs: outage,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('freeze' as const), stage, which, ms: outage }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), stage }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), stage, which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('brokers away' as const), ms: outage }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('store down' as const), store: fc.nat(1), ms: outage }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('walk' as const),
      workspace: fc.nat(1),
      as: fc.constantFrom('backfill' as const, 'sweep' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('log cleaned' as const) }) },
)

const schedules: fc.Arbitrary<Schedule> = weather.chain((drawn) =>
  fc.record({
    weather: fc.constant(drawn),
    commands: fc.array(
      drawn.silence ? fc.oneof({ weight: 4, arbitrary: command }, { weight: 1, arbitrary: silent }) : command,
      {
        minLength: 4,
        maxLength: 24,
        size: 'max',
      },
    ),
  }),
)

/** Whether something may have changed that nobody was told of: then only a sweep makes the stores true. */
export function needsSweep({ weather, commands }: Schedule): boolean {
  const { deliveries, mergeWindowMs, extraEvents } = weather
  // What a merge ties again when it is done, a record read meanwhile has lost, and no event tells of it.
  const tied = mergeWindowMs > 0 && !extraEvents
  return deliveries.dropped > 0 || tied || commands.some(({ kind }) => kind === 'silent edit')
}

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
