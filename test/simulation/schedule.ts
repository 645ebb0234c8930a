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
  readonly deliveries: { readonly twice: number; readonly reorderMs: number }
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
  | { readonly kind: 'walk'; readonly workspace: number }
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
  deliveries: fc.record({ twice: rarely(0.3), reorderMs: fc.constantFrom(0, 0, 8 * SECOND, 3 * HOUR, 2 * DAY) }),
  requests: fc.record({ failing: rarely(0.05, 0.2), limited: rarely(0.05, 0.2) }),
  limits: fc.boolean(),
  stores: fc.record({ failing: rarely(0.1, 0.4), slowest: fc.constantFrom(20, 20, 4_000) }),
})

const stage = fc.constantFrom(...STAGES)
const which = fc.nat(1)
/** Between two steps, between two reads, past the session, past everything. */
const pause = fc.oneof(fc.nat(40), fc.nat(600), fc.nat(4_000), fc.nat(4_000), fc.nat(30 * SECOND), fc.nat(6 * HOUR))
const outage = fc.oneof(fc.nat(2_000), fc.nat(30 * SECOND), fc.nat(30 * SECOND), fc.nat(12 * 60 * SECOND))

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
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('walk' as const), workspace: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('log cleaned' as const) }) },
)

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  weather,
  commands: fc.array(command, { minLength: 4, maxLength: 24, size: 'max' }),
})

/** The schedule of a seed. */
export function scheduleOf(seed: number): Schedule {
  const [schedule] = fc.sample(schedules, { seed, numRuns: 1 })
  return schedule as Schedule
}
