/** Schedules for what chance alone would seldom meet: one trouble each, again and again at the moment that hurts. */
import fc from 'fast-check'
import { edit, SECOND, underWay, waitOf, weather, which } from './chance.ts'
import type { Command, Schedule, Weather } from './schedule.ts'

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
/** As long as the brokers wait for a member that is gone (system.ts). */
const SESSION = 10 * SECOND
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

/** A partition is taken over soon when its last owner is known to be gone, else when the session is over. */
const taking = waitOf(fc.oneof(fc.nat(500), fc.integer({ min: SESSION, max: SESSION + 50 })))

/** The join lost its disk, and is killed again while its tables are filled behind live work. */
const fillings = drill(
  { settled: true, records: 12 },
  fc
    .array(fc.tuple(edit, taking, edit, fc.nat(20)), { minLength: 4, maxLength: 6 })
    .map((times) => [
      backfill,
      { kind: 'wait', ms: 5_000 },
      ...times.flatMap(([one, taken, other, steps]): Command[] => [
        one,
        { kind: 'crash', stage: 'enrich', which: 0, steps: 0, disk: 'lost', downMs: 100 },
        other,
        taken,
        { kind: 'crash', stage: 'enrich', which: 0, steps, disk: 'kept', downMs: 2_000 },
      ]),
    ]),
)

/** Attio answers nothing for longer than a reader has patience. */
const unanswered = drill(
  { settled: true, requests: { failing: 1, limited: 0 } },
  fc.tuple(edit, waitOf(fc.integer({ min: 60 * SECOND, max: 300 * SECOND }))),
)

export const drills: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Schedule> }[] = [
  { weight: 1, arbitrary: ties },
  { weight: 1, arbitrary: shifts },
  { weight: 2, arbitrary: latePages },
  { weight: 1, arbitrary: unanswered },
  { weight: 1, arbitrary: slices },
  { weight: 1, arbitrary: fillings },
]
