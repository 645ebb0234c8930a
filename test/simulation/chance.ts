/** Schedules by chance: fast-check makes them from a seed, the same for the same seed, and shrinks those that fail. */
import fc from 'fast-check'
import type { Command, Schedule, Weather } from './schedule.ts'
import { STAGES, type StageName } from './system.ts'

const SECOND = 1_000
const HOUR = 3_600 * SECOND
const DAY = 24 * HOUR

const seed = fc.noShrink(fc.nat(0x7fffffff))
const rarely = (...rates: readonly number[]) => fc.constantFrom(0, 0, ...rates)

const weather: fc.Arbitrary<Weather> = fc.record({
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
const which = fc.nat(1)
const steps = fc.oneof(fc.constant(0), fc.nat(12), fc.nat(60))
/** Between two steps, between two reads, past the session, past everything. */
const pause = fc.oneof(fc.nat(40), fc.nat(600), fc.nat(4_000), fc.nat(4_000), fc.nat(30 * SECOND), fc.nat(6 * HOUR))
const outage = fc.oneof(fc.nat(2_000), fc.nat(30 * SECOND), fc.nat(30 * SECOND), fc.nat(12 * 60 * SECOND))

const edit = fc.record({
  kind: fc.constant('edit' as const),
  workspace: fc.nat(1),
  seed,
  times: fc.integer({ min: 1, max: 3 }),
})
const waitOf = (ms: fc.Arbitrary<number>): fc.Arbitrary<Command> =>
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
const underWay = fc.integer({ min: 1_500, max: 3_500 })
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
const general: fc.Arbitrary<Schedule> = fc
  .record({ weather, chunks: fc.array(chunk, { minLength: 3, maxLength: 12, size: 'max' }) })
  .map(({ weather: given, chunks }) => ({
    weather: given,
    commands: chunks.flat().filter(({ kind }) => given.rumours || (kind !== 'silent edit' && kind !== 'out of sight')),
  }))

/** Nothing is wrong with anything but the time answers take and what they trail. */
const FINE = {
  workspaces: 1,
  mergeWindowMs: 0,
  skewMs: 0,
  attioSkewMs: 0,
  members: 1,
  rumours: false,
  deliveries: { dropped: 0, twice: 0, reorderMs: 0 },
  requests: { failing: 0, limited: 0 },
  slow: 0,
  stores: { failing: 0, slowest: 20 },
} as const
const drill = (also: Partial<Weather>, commands: fc.Arbitrary<readonly Command[]>): fc.Arbitrary<Schedule> =>
  fc.record({ weather: weather.map((given) => ({ ...given, ...FINE, ...also })), commands })
const backfill: Command = { kind: 'walk', workspace: 0, as: 'backfill' }

/** Two walks at once with coarse clocks: reads of one thing that were sent at the same time, as far as anybody can tell. */
const ties = drill(
  { settled: true, tickMs: 250, lateMs: 3_000, lateOneMs: 0 },
  fc
    .tuple(waitOf(underWay), edit, waitOf(fc.nat(800)), edit)
    .map(([first, one, then, other]) => [backfill, backfill, first, one, then, one, other]),
)

/** Rows before the place where a walk is are deleted: the rows behind it move to the front. */
const shifts = drill(
  { settled: false, records: 40, pageSize: 3 },
  fc
    .array(waitOf(fc.nat(500)), { minLength: 2, maxLength: 5 })
    .map((waits) => waits.flatMap((wait): Command[] => [wait, { kind: 'lists shift', workspace: 0 }])),
)

/**
 * A page that trails an edit, and was asked for before the edit was read for the last time, arrives when the stage that knew
 * better has lost its disk.
 */
const latePages = drill(
  { settled: true, lateMs: 3_000, lateOneMs: 0, slowPages: 0.9, records: 12, pageSize: 50 },
  fc
    .tuple(
      waitOf(fc.integer({ min: 500, max: 2_500 })),
      edit,
      edit,
      waitOf(fc.integer({ min: 5_500, max: 9_000 })),
      which,
    )
    .map(([first, one, other, settled, member]) => [
      backfill,
      backfill,
      first,
      one,
      other,
      settled,
      { kind: 'crash', stage: 'compact', which: member, steps: 0, disk: 'lost', downMs: 500 },
    ]),
)

/** The join is killed in the middle of what takes more than one transaction: what it wrote is ahead of the input it committed. */
const slices = drill(
  { settled: false, transaction: 1, records: 12 },
  fc
    .array(fc.tuple(edit, waitOf(fc.nat(4_000)), fc.nat(40), edit, waitOf(fc.nat(50))), {
      minLength: 6,
      maxLength: 8,
    })
    .map((times) =>
      times.flatMap(([one, first, steps, other, then]): Command[] => [
        one,
        first,
        { kind: 'crash', stage: 'enrich', which: 0, steps, disk: 'kept', downMs: 2_000 },
        other,
        then,
      ]),
    ),
)

/** Attio answers nothing for longer than a reader has patience. */
const unanswered = drill(
  { settled: true, requests: { failing: 1, limited: 0 } },
  fc.tuple(edit, waitOf(fc.integer({ min: 60 * SECOND, max: 300 * SECOND }))),
)

/** Drills are for what chance alone would seldom meet. */
const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  { weight: 15, arbitrary: general },
  { weight: 1, arbitrary: ties },
  { weight: 1, arbitrary: shifts },
  { weight: 2, arbitrary: latePages },
  { weight: 1, arbitrary: unanswered },
  { weight: 1, arbitrary: slices },
)

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
