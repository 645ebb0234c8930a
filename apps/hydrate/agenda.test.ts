import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Notice } from '@attio-stream/contracts'
import fc from 'fast-check'
import { Agenda, type Job } from './agenda.ts'

const TRAILING = 3000
const options = { trailing: TRAILING, apart: 20_000, gap: 400, together: 500, many: 3 }
let offset = 0
function notice(id: string, at: number, more: Partial<Notice> = {}): Notice {
  return {
    workspace_id: 'w',
    source: 'webhook',
    event_type: 'record.updated',
    kind: 'record',
    id,
    object_id: 'o',
    list_id: null,
    parent_record_id: null,
    parent_object_id: null,
    related_id: null,
    nominates: false,
    actor_type: null,
    actor_id: null,
    delivery_key: null,
    received_at: at,
    ...more,
  }
}
const place = () => ({ partition: 0, offset: offset++ })
const idsOf = (job: Job | undefined): readonly string[] | undefined => job?.things.map((thing) => thing.id).toSorted()
/** Takes the next job and finishes it with a read sent at `now`; gives its ids and how many notices it settled. */
function read(agenda: Agenda, now: number): { readonly ids: readonly string[] | undefined; readonly settled: number } {
  const job = agenda.take(now, 10)
  const settled = job?.things.flatMap((thing) => agenda.finish(thing, now, now)).length ?? 0
  if (job !== undefined) agenda.release(job)
  return { ids: idsOf(job), settled }
}

test('a notice causes a read at once, and settles with a second one when answers cannot trail any more', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('r1', 10_000), place(), 10_000)
  assert.deepEqual(read(agenda, 10_000), { ids: ['r1'], settled: 0 })
  const due = agenda.next(10) ?? 0
  assert.ok(due >= 10_000 + TRAILING && due <= 10_000 + TRAILING + options.together, String(due))
  assert.deepEqual(read(agenda, due - 1), { ids: undefined, settled: 0 })
  assert.deepEqual(read(agenda, due), { ids: ['r1'], settled: 1 })
  assert.equal(agenda.next(10), undefined)
  assert.equal(agenda.notices, 0)
})

test('the trailing read is counted from the last notice; earlier ones may settle before', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('r1', 10_000), place(), 10_000)
  read(agenda, 10_000)
  agenda.add(notice('r1', 12_900), place(), 12_900)
  assert.equal(agenda.next(10), 12_900)
  assert.equal(read(agenda, 12_900).settled, 0)
  const due = agenda.next(10) ?? 0
  assert.ok(due >= 12_900 + TRAILING)
  assert.equal(read(agenda, due).settled, 2)
})

test('a burst of notices of one thing costs one read per gap, not one each', () => {
  const agenda = new Agenda(options)
  let reads = 0
  for (let now = 10_000; now < 11_000; now += 20) {
    agenda.add(notice('r1', now), place(), now)
    if (read(agenda, now).ids !== undefined) reads += 1
  }
  assert.ok(reads <= 4, String(reads))
})

test('a notice whose receiver has a clock that is behind is read twice all the same', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('r1', 45_000), place(), 60_000)
  assert.deepEqual(read(agenda, 60_000), { ids: ['r1'], settled: 0 })
  assert.equal(read(agenda, agenda.next(10) ?? 0).settled, 1)
})

test('notices that waited longer in the log than clocks can be apart settle with one read', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('r1', 10_000), place(), 60_000)
  assert.deepEqual(read(agenda, 60_000), { ids: ['r1'], settled: 1 })
})

test('a notice that comes while its thing is being read is answered by another read', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('r1', 10_000), place(), 10_000)
  const job = agenda.take(10_000, 10)
  const [thing] = job?.things ?? []
  assert.ok(job && thing)
  agenda.add(notice('r1', 10_050), place(), 10_050)
  assert.equal(agenda.take(10_050, 10), undefined)
  agenda.finish(thing, 10_000, 10_100)
  agenda.release(job)
  assert.equal(agenda.next(10), 10_400)
})

test('many records of one object are read with one query, a few one by one', () => {
  const agenda = new Agenda(options)
  for (const id of ['a', 'b', 'c', 'd']) agenda.add(notice(id, 1000), place(), 1000)
  agenda.add(notice('x', 1000, { object_id: 'o2' }), place(), 1000)
  agenda.add(notice('n', 1000, { kind: 'note' }), place(), 1000)
  const jobs = Array.from({ length: 3 }, () => idsOf(agenda.take(1000, 10))?.join())
  assert.deepEqual(jobs.toSorted(), ['a,b,c,d', 'n', 'x'])
})

test('a query never has more than a hundred ids', () => {
  const agenda = new Agenda(options)
  for (let n = 0; n < 250; n += 1) agenda.add(notice(`r${n}`, 1000), place(), 1000)
  const sizes = Array.from({ length: 3 }, () => agenda.take(1000, 10)?.things.length)
  assert.deepEqual(sizes, [100, 100, 50])
})

test('nominated and merged records, and those a query did not show, are read alone', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('dead', 1000, { nominates: true }), place(), 1000)
  agenda.add(notice('new', 1000, { event_type: 'record.merged', related_id: 'dead' }), place(), 1000)
  for (const id of ['a', 'b', 'c']) agenda.add(notice(id, 1000), place(), 1000)
  const jobs = Array.from({ length: 3 }, () => idsOf(agenda.take(1000, 10))?.join())
  assert.deepEqual(jobs.toSorted(), ['a,b,c', 'dead', 'new'])
})

test('workspaces take turns: a flood of one delays another by one read', () => {
  const agenda = new Agenda({ ...options, many: 1000 })
  for (let n = 0; n < 1000; n += 1) agenda.add(notice(`r${n}`, 1000), place(), 1000)
  agenda.add(notice('small', 1001, { workspace_id: 'v' }), place(), 1001)
  const served = Array.from({ length: 2 }, () => agenda.take(1001, 10)?.workspace)
  assert.ok(served.includes('v'))
})

test('a workspace has no more reads under way than it may', () => {
  const agenda = new Agenda({ ...options, many: 1000 })
  for (const id of ['a', 'b', 'c']) agenda.add(notice(id, 1000), place(), 1000)
  assert.ok(agenda.take(1000, 2) && agenda.take(1000, 2))
  assert.equal(agenda.take(1000, 2), undefined)
  assert.equal(agenda.next(2), undefined)
})

test('what belongs to a revoked partition is forgotten, and what does not is still read', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('mine', 1000), { partition: 0, offset: 1 }, 1000)
  agenda.add(notice('theirs', 1000), { partition: 1, offset: 1 }, 1000)
  agenda.revoke(new Set([1]))
  assert.deepEqual(idsOf(agenda.take(1000, 10)), ['mine'])
  assert.equal(agenda.take(1000, 10), undefined)
  assert.equal(agenda.notices, 1)
})

test('whatever happens, every notice settles exactly once, and never before a read sent a trailing time after it', () => {
  const step = fc.record({ wait: fc.nat(1500), id: fc.nat(5), add: fc.boolean(), fail: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const agenda = new Agenda(options)
      const at = new Map<number, number>()
      const settled = new Set<number>()
      let now = 10_000
      const work = (fail: boolean): void => {
        for (let job = agenda.take(now, 10); job !== undefined; job = agenda.take(now, 10)) {
          for (const thing of job.things) {
            if (fail) agenda.later(thing, now + 100)
            else
              for (const { offset: one } of agenda.finish(thing, now, now)) {
                assert.ok(!settled.has(one))
                assert.ok(now >= (at.get(one) ?? Number.POSITIVE_INFINITY) + TRAILING)
                settled.add(one)
              }
          }
          agenda.release(job)
        }
      }
      for (const { wait, id, add, fail } of steps) {
        now += wait
        if (add) {
          const where = place()
          at.set(where.offset, now)
          agenda.add(notice(`r${id}`, now), where, now)
        }
        work(fail)
      }
      for (let next = agenda.next(10); next !== undefined; next = agenda.next(10)) {
        now = Math.max(now, next)
        work(false)
      }
      assert.equal(settled.size, at.size)
      assert.equal(agenda.notices, 0)
      assert.equal(agenda.things, 0)
    }),
  )
})

test('R3: what only a sweep asks about is read once, when answers cannot trail any more', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('r1', 10_000, { source: 'sweep', nominates: true }), place(), 10_000)
  assert.deepEqual(read(agenda, 10_000 + TRAILING - 1), { ids: undefined, settled: 0 })
  assert.deepEqual(read(agenda, agenda.next(10) ?? 0), { ids: ['r1'], settled: 1 })
})

test('R13: what has changed is read before what a sweep asks about, however long that has been due', () => {
  const agenda = new Agenda(options)
  for (let n = 0; n < 20; n += 1)
    agenda.add(notice(`idle${n}`, 10_000, { source: 'sweep', nominates: true }), place(), 10_000)
  const late = 10_000 + TRAILING + options.together
  agenda.add(notice('live', late), place(), late)
  assert.deepEqual(idsOf(agenda.take(late, 10)), ['live'])
  const jobs = [1, 2, 3].map(() => agenda.take(late, 10))
  assert.deepEqual(
    jobs.map((job) => job?.idle),
    [true, true, undefined],
    'and only two of a workspace are under way at once',
  )
})

test('a nominated thing that changes while it waits is read at once', () => {
  const agenda = new Agenda(options)
  agenda.add(notice('r1', 10_000, { source: 'sweep', nominates: true }), place(), 10_000)
  agenda.add(notice('r1', 10_100), place(), 10_100)
  const job = agenda.take(10_100, 10)
  assert.deepEqual([idsOf(job), job?.idle, job?.things[0]?.nominated], [['r1'], false, true])
})
