/**
 * What has to be read, and when (R3): a thing is read at once when a notice of it comes, and again once Attio's answers
 * cannot trail the last notice any more. One read serves all notices of a thing, one query many records of an object,
 * workspaces take turns, and what only a sweep asks about waits behind everything else (R13). Pure: time is an argument;
 * reading is look.ts.
 */
import type { Notice } from '@attio-stream/contracts'
import { DueHeap } from './heap.ts'

/** Where a notice stands in the log. */
export interface Place {
  readonly partition: number
  readonly offset: number
}
export interface Waiting {
  readonly notice: Notice
  readonly place: Place
  /** The change surely happened before, ms, our clock. */
  readonly at: number
}

export interface Thing {
  readonly key: string
  readonly workspace: string
  readonly kind: string
  readonly id: string
  object: string | null
  list: string | null
  source: string
  /** Only a sweep asks: nothing is known to have changed, so it has no leading read, and it waits behind what has. */
  idle: boolean
  /** A 404 on GET confirms its death (R4). */
  nominated: boolean
  /** It came out of a merge: its children are listed again (R5). */
  survivor: boolean
  /** It went into this record: it is dead when that merge is over. */
  mergedInto: string | null
  /** Not in a query any more: the last one did not show it, or refused. */
  alone: boolean
  waiting: Waiting[]
  /** When its last read was sent, ms, our clock. */
  sentAt: number
  attempts: number
  reading: boolean
  due: number
  stamp: number
}

export interface Job {
  readonly workspace: string
  /** For a sweep alone. */
  readonly idle: boolean
  /** One thing of any kind, or several records of one object that fit into one query. */
  readonly things: readonly Thing[]
}

export interface AgendaOptions {
  /** From a notice to the first read that surely shows its change, ms. */
  readonly trailing: number
  /** How far the clock of whoever received a notice may be behind ours, ms. Default 10 minutes. */
  readonly apart?: number
  /** Least time between two reads of a thing, ms. */
  readonly gap?: number
  /** Trailing reads are not urgent: they wait for others up to this long, ms, to share a query. */
  readonly together?: number
  /** Records of one object due at once that make a query cheaper than reading each. */
  readonly many?: number
  readonly maxIds?: number
  /** Reads for sweeps alone that one workspace may have under way. */
  readonly idleAtOnce?: number
}

interface Desk {
  readonly workspace: string
  readonly heap: DueHeap<Thing>
  /** What only sweeps ask about. */
  readonly idle: DueHeap<Thing>
  reading: number
  readingIdle: number
}

export class Agenda {
  readonly #options: Required<AgendaOptions>
  readonly #things = new Map<string, Thing>()
  /** In turn: the one served last stands last. */
  readonly #desks = new Map<string, Desk>()
  #notices = 0

  constructor(options: AgendaOptions) {
    this.#options = { apart: 600_000, gap: 400, together: 500, many: 3, maxIds: 100, idleAtOnce: 2, ...options }
  }

  /** Notices held. */
  get notices(): number {
    return this.#notices
  }
  get things(): number {
    return this.#things.size
  }

  add(notice: Notice, place: Place, now: number): void {
    const thing = this.#thing(notice)
    thing.object = notice.object_id ?? thing.object
    thing.list = notice.list_id ?? thing.list
    thing.nominated ||= notice.nominates
    if (notice.event_type === 'record.merged') {
      if (notice.nominates) thing.mergedInto = notice.related_id
      else thing.survivor = true
    }
    if (notice.source === 'webhook') thing.source = notice.source
    if (notice.source !== 'sweep') thing.idle = false
    thing.waiting.push({ notice, place, at: Math.min(notice.received_at + this.#options.apart, now) })
    this.#notices += 1
    if (!thing.reading && thing.attempts === 0) this.#schedule(thing, now)
  }

  /**
   * The next read that is due, of the workspace that has waited longest for its turn and has fewer than `perWorkspace`
   * under way. Its things are `reading` until `finish` or `later`.
   */
  take(now: number, perWorkspace: number): Job | undefined {
    for (const desk of this.#desks.values()) {
      if (desk.reading >= perWorkspace) continue
      const first = desk.heap.take(now) ?? (this.#mayIdle(desk) ? desk.idle.take(now) : undefined)
      if (first === undefined) continue
      this.#desks.delete(desk.workspace)
      this.#desks.set(desk.workspace, desk)
      const { idle } = first
      desk.reading += 1
      if (idle) desk.readingIdle += 1
      const things = this.#company(desk, first, now)
      for (const thing of things) thing.reading = true
      return { workspace: desk.workspace, idle, things }
    }
    return undefined
  }

  /** When something is due next among workspaces with a free hand; undefined when nothing is. */
  next(perWorkspace: number): number | undefined {
    let next: number | undefined
    for (const desk of this.#desks.values()) {
      if (desk.reading >= perWorkspace) continue
      for (const at of [desk.heap.first(), this.#mayIdle(desk) ? desk.idle.first() : undefined])
        if (at !== undefined && (next === undefined || at < next)) next = at
    }
    return next
  }

  /** The job's hand is free again; every thing of it must be told `finish`, `later` or `settle` too. */
  release(job: Job): void {
    const desk = this.#desks.get(job.workspace)
    if (desk === undefined) return
    desk.reading -= 1
    if (job.idle) desk.readingIdle -= 1
  }

  /** A read sent at `sentAt` was published. Returns the places of the notices it settles. */
  finish(thing: Thing, sentAt: number, now: number): readonly Place[] {
    thing.reading = false
    thing.attempts = 0
    thing.sentAt = Math.max(thing.sentAt, sentAt)
    const settled = thing.waiting.filter(({ at }) => at + this.#options.trailing <= sentAt)
    this.#keep(
      thing,
      thing.waiting.filter(({ at }) => at + this.#options.trailing > sentAt),
      now,
    )
    return settled.map(({ place }) => place)
  }

  /** Nothing more can be learnt: all its notices so far are settled. */
  settle(thing: Thing): readonly Waiting[] {
    const settled = thing.waiting
    thing.reading = false
    this.#keep(thing, [], 0)
    return settled
  }

  /** Try it again at `at`. */
  later(thing: Thing, at: number): void {
    thing.reading = false
    if (thing.waiting.length === 0) this.#forget(thing)
    else this.#heapOf(thing).put(thing, at)
  }

  /** These partitions are somebody else's now: their notices are no longer ours to settle. */
  revoke(partitions: ReadonlySet<number>): void {
    for (const thing of this.#things.values()) {
      const kept = thing.waiting.filter(({ place }) => !partitions.has(place.partition))
      this.#notices -= thing.waiting.length - kept.length
      thing.waiting = kept
      if (kept.length === 0 && !thing.reading) this.#forget(thing)
    }
  }

  /** Everything of a workspace that is not being read just now. */
  ofWorkspace(workspace: string): readonly Thing[] {
    return [...this.#things.values()].filter((thing) => thing.workspace === workspace && !thing.reading)
  }

  #keep(thing: Thing, waiting: Waiting[], now: number): void {
    this.#notices -= thing.waiting.length - waiting.length
    thing.waiting = waiting
    if (waiting.length === 0) this.#forget(thing)
    else this.#schedule(thing, now)
  }

  #schedule(thing: Thing, now: number): void {
    const { trailing, gap, together } = this.#options
    const newest = thing.waiting.reduce((latest, { at }) => Math.max(latest, at), 0)
    const unread = newest > thing.sentAt && !thing.idle
    const safe = newest + trailing
    const due = unread ? Math.max(now, thing.sentAt + gap) : Math.max(now, Math.ceil(safe / together) * together)
    this.#heapOf(thing).put(thing, due)
  }

  #mayIdle(desk: Desk): boolean {
    return desk.readingIdle < this.#options.idleAtOnce
  }

  /** Putting a thing into one of the two makes its entry in the other void. */
  #heapOf(thing: Thing): DueHeap<Thing> {
    const desk = this.#desk(thing.workspace)
    return thing.idle ? desk.idle : desk.heap
  }

  /** Other records of the object that are due too, when there are enough of them for a query. */
  #company(desk: Desk, first: Thing, now: number): readonly Thing[] {
    if (!queryable(first)) return [first]
    const company: Thing[] = [first]
    const others: Thing[] = []
    while (company.length < this.#options.maxIds && others.length < this.#options.maxIds) {
      const thing = desk.heap.take(now)
      if (thing === undefined) break
      if (queryable(thing) && thing.object === first.object) company.push(thing)
      else others.push(thing)
    }
    const few = company.length < this.#options.many
    for (const thing of few ? [...company.slice(1), ...others] : others) desk.heap.put(thing, thing.due)
    return few ? [first] : company
  }

  #thing(notice: Notice): Thing {
    const key = `${notice.workspace_id}/${notice.kind}/${notice.id}`
    const known = this.#things.get(key)
    if (known !== undefined) return known
    const thing: Thing = {
      key,
      workspace: notice.workspace_id,
      kind: notice.kind,
      id: notice.id,
      object: null,
      list: null,
      source: notice.source,
      idle: true,
      nominated: false,
      survivor: false,
      mergedInto: null,
      alone: false,
      waiting: [],
      sentAt: Number.NEGATIVE_INFINITY,
      attempts: 0,
      reading: false,
      due: 0,
      stamp: 0,
    }
    this.#things.set(key, thing)
    return thing
  }

  #forget(thing: Thing): void {
    this.#things.delete(thing.key)
    this.#heapOf(thing).remove(thing)
  }

  #desk(workspace: string): Desk {
    const desk = this.#desks.get(workspace) ?? newDesk(workspace)
    this.#desks.set(workspace, desk)
    return desk
  }
}

const newDesk = (workspace: string): Desk => ({
  workspace,
  heap: new DueHeap<Thing>(),
  idle: new DueHeap<Thing>(),
  reading: 0,
  readingIdle: 0,
})

/** May it be read with others in one query? Deaths are confirmed by GET alone, and survivors bring their children. */
function queryable(thing: Thing): boolean {
  return thing.kind === 'record' && thing.object !== null && !thing.nominated && !thing.survivor && !thing.alone
}
