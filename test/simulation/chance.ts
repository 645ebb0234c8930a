/** What may happen, by chance: the world, what is done in it, and how these come together. */
import fc from 'fast-check'
import type { Command, Schedule, Weather } from './schedule.ts'
import { STAGES, type StageName } from './system.ts'

export const SECOND = 1_000
const HOUR = 3_600 * SECOND
const DAY = 24 * HOUR

const seed = fc.noShrink(fc.nat(0x7fffffff))
const rarely = (...rates: readonly number[]) => fc.constantFrom(0, 0, ...rates)

export const weather: fc.Arbitrary<Weather> = fc.record({
  seed,
  records: fc.constantFrom(0, 6, 12),
  workspaces: fc.constantFrom(1, 1, 1, 2),
  settled: fc.constantFrom(true, true, false),
  lateMs: fc.constantFrom(0, 3_000, 3_000),
  lateOneMs: fc.constantFrom(0, 3_000),
  merges: fc.constantFrom('2026' as const, '2025' as const),
  mergeWindowMs: fc.constantFrom(0, 2_000),
  extraEvents: fc.boolean(),
  skewMs: fc.constantFrom(0, 0, 5 * 60 * SECOND),
  tickMs: fc.constantFrom(1, 1, 250),
  attioSkewMs: fc.constantFrom(0, 0, 90 * SECOND, -200 * SECOND),
  pageSize: fc.constantFrom(50, 3, 4, 6),
  members: fc.constantFrom(1 as const, 1 as const, 2 as const),
  transaction: fc.constantFrom(2_000, 2_000, 2_000, 2_000, 2),
  rumours: fc.constantFrom(false, false, false, false, true),
  deliveries: fc.record({
    dropped: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.4, 1),
    twice: rarely(0.3),
    reorderMs: fc.constantFrom(0, 0, 8 * SECOND, 3 * HOUR, 2 * DAY),
  }),
  requests: fc.record({ failing: rarely(0.05, 0.2), limited: rarely(0.05, 0.2) }),
  slow: rarely(0.1, 0.5),
  slowPages: fc.constant(0),
  limits: fc.boolean(),
  stores: fc.record({ failing: rarely(0.1, 0.4), slowest: fc.constantFrom(20, 20, 4_000) }),
})

const stage = fc.constantFrom(...STAGES)
export const which = fc.nat(1)
const steps = fc.oneof(fc.constant(0), fc.nat(12), fc.nat(60))
/** Between two steps, between two reads, past the session, past everything. */
const pause = fc.oneof(fc.nat(40), fc.nat(600), fc.nat(4_000), fc.nat(4_000), fc.nat(30 * SECOND), fc.nat(6 * HOUR))
const outage = fc.oneof(fc.nat(2_000), fc.nat(30 * SECOND), fc.nat(30 * SECOND), fc.nat(12 * 60 * SECOND))

export const edit = fc.record({
  kind: fc.constant('edit' as const),
  workspace: fc.nat(1),
  seed,
  times: fc.integer({ min: 1, max: 3 }),
})
export const waitOf = (ms: fc.Arbitrary<number>): fc.Arbitrary<Command> =>
  fc.record({ kind: fc.constant('wait' as const), ms })
const crash = fc.record({
  kind: fc.constant('crash' as const),
  stage,
  which,
  steps,
  disk: fc.constantFrom('kept' as const, 'lost' as const),
  downMs: outage,
})
const freezeOf = (stages: fc.Arbitrary<StageName>, ms: fc.Arbitrary<number>): fc.Arbitrary<Command> =>
  fc.record({ kind: fc.constant('freeze' as const), stage: stages, which, steps, ms })
const walk = fc.record({
  kind: fc.constant('walk' as const),
  workspace: fc.nat(1),
  as: fc.constantFrom('backfill' as const, 'sweep' as const),
})
const shift = fc.record({ kind: fc.constant('lists shift' as const), workspace: fc.nat(1) })
const silent = fc.record({ kind: fc.constant('silent edit' as const), workspace: fc.nat(1), seed })
const outOfSight = fc.record({
  kind: fc.constant('out of sight' as const),
  workspace: fc.nat(1),
  object: fc.nat(6),
  ms: outage,
})

const away = fc.record({ kind: fc.constant('brokers away' as const), ms: outage })

const single: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: edit },
  { weight: 8, arbitrary: waitOf(pause) },
  { weight: 3, arbitrary: crash },
  { weight: 2, arbitrary: freezeOf(stage, outage) },
  { weight: 2, arbitrary: silent },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), stage }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), stage, which }) },
  { weight: 1, arbitrary: away },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('store down' as const), store: fc.nat(1), ms: outage }) },
  { weight: 1, arbitrary: walk },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('log cleaned' as const) }) },
  { weight: 1, arbitrary: shift },
  { weight: 1, arbitrary: outOfSight },
)

/** While what an edit caused is under way: about as long as one step, one read, or all of it takes. */
const soon = fc.oneof(fc.nat(50), fc.nat(400), fc.nat(4_500))
/** A walk has read the directory and is at the pages. */
export const underWay = fc.integer({ min: 1_500, max: 3_500 })
/** Longer than a session: it wakes and its partitions have moved. */
const zombie = fc.integer({ min: 11 * SECOND, max: 60 * SECOND })

/** Twice the same: mostly it is the same record again, and what was on its way is overtaken. */
const twice = fc.oneof(
  fc.tuple(edit, edit),
  edit.map((once) => [once, once] as const),
)

/** Trouble in the middle of something; by chance alone it would seldom come at that moment. */
const scenes: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<readonly Command[]> }[] = [
  {
    weight: 3,
    arbitrary: fc
      .tuple(twice, waitOf(soon), crash, waitOf(soon))
      .map(([[one, other], first, trouble, then]) => [one, first, trouble, then, other]),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(twice, waitOf(soon), freezeOf(stage, zombie), waitOf(fc.nat(14 * SECOND)), waitOf(soon))
      .map(([[one, other], first, trouble, then, last]) => [trouble, one, first, then, other, last]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(twice, waitOf(fc.nat(600)), waitOf(fc.nat(600)))
      .map(([[one, other], first, then]) => [one, first, other, then, one]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(walk, waitOf(underWay), twice, waitOf(fc.nat(1_500)))
      .map(([reading, first, [one, other], then]) => [reading, reading, first, one, then, other]),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(edit, waitOf(soon), away, waitOf(soon)),
  },
  // An edit, late pages of it in a process that stands still, and the stage that knows better forgets.
  {
    weight: 3,
    arbitrary: fc.tuple(
      walk,
      waitOf(underWay),
      edit,
      waitOf(fc.nat(2_500)),
      freezeOf(fc.constantFrom('backfill' as const, 'backfill' as const, 'hydrate' as const), zombie),
      waitOf(fc.integer({ min: 4 * SECOND, max: 12 * SECOND })),
      fc.record({
        kind: fc.constant('crash' as const),
        stage: fc.constant('compact' as const),
        which,
        steps: fc.constant(0),
        disk: fc.constant('lost' as const),
        downMs: fc.nat(3_000),
      }),
      waitOf(fc.nat(20 * SECOND)),
    ),
  },
]

const chunk: fc.Arbitrary<readonly Command[]> = fc.oneof(
  { weight: 24, arbitrary: single.map((command) => [command]) },
  ...scenes,
)

/** Anything may happen. */
export const general: fc.Arbitrary<Schedule> = fc
  .record({ weather, chunks: fc.array(chunk, { minLength: 3, maxLength: 12, size: 'max' }) })
  .map(({ weather: given, chunks }) => ({
    weather: given,
    commands: chunks.flat().filter(({ kind }) => given.rumours || (kind !== 'silent edit' && kind !== 'out of sight')),
  }))
