/**
 * Keeps the agenda going: takes notices in, has things read, publishes what was seen, and says which notices are settled.
 * At most so many reads at once; a thing that cannot be read now is read later, one that never can is buried, and the
 * notices of a broken workspace are parked. Partitions and commits are intake.ts; reading is look.ts.
 */
import { type AttioClient, AttioError } from '@attio-stream/attio'
import type { Change, Notice } from '@attio-stream/contracts'
import {
  Breaker,
  backoffMs,
  type Codec,
  type Fault,
  isBug,
  LogUnavailable,
  type Output,
  type Publisher,
} from '@attio-stream/stream'
import { Agenda, type AgendaOptions, type Job, type Place, type Thing } from './agenda.ts'
import type { HydratorEvent } from './event.ts'
import { letterOf } from './letter.ts'
import { ChildrenUnseen, look, OutOfSight, type Seen, UnknownKind } from './look.ts'
import type { Parking } from './parking.ts'
import { isTokenAlive, type Workspaces } from './workspaces.ts'

export interface HydratorOptions {
  readonly publisher: Publisher
  readonly codec: Codec
  readonly workspaces: Workspaces
  readonly parking: Parking
  readonly agenda: AgendaOptions
  readonly readsAtOnce: number
  readonly readsPerWorkspace: number
  readonly settled: (places: readonly Place[]) => void
  readonly onEvent?: (event: HydratorEvent) => void
  /** How long a kind stays unread after Attio forbade it, ms. */
  readonly forbiddenFor?: number
}

const FORBIDDEN_FOR = 10 * 60_000
/** How long a workspace may be unknown before its notices are dropped, ms: the webhook that let them in knew it. */
const UNKNOWN_FOR = 60_000

export class Hydrator {
  readonly agenda: Agenda
  /** Rejects with the first bug. */
  readonly failed: Promise<never>
  readonly #fail: (error: unknown) => void
  readonly #options: HydratorOptions
  readonly #stop = new AbortController()
  readonly #running = new Set<Promise<void>>()
  /** `workspace/kind` → until when. */
  readonly #forbidden = new Map<string, number>()
  readonly #breaker = new Breaker()
  #halted: string | undefined
  #timer: NodeJS.Timeout | undefined
  #full: PromiseWithResolvers<void> | undefined

  constructor(options: HydratorOptions) {
    this.#options = options
    this.agenda = new Agenda(options.agenda)
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => undefined)
    this.failed = promise
    this.#fail = reject
  }

  /** Why it stands still, until it is started again with other code. */
  get standsStill(): string | undefined {
    return this.#halted
  }

  add(notice: Notice, place: Place): void {
    this.agenda.add(notice, place, Date.now())
  }

  /** Starts what is due. Call it after `add`. */
  kick(): void {
    if (this.#stop.signal.aborted || this.#halted !== undefined) return
    clearTimeout(this.#timer)
    const { readsAtOnce, readsPerWorkspace } = this.#options
    while (this.#running.size < readsAtOnce) {
      const job = this.agenda.take(Date.now(), readsPerWorkspace)
      if (job === undefined) break
      const run = this.#run(job)
        .catch(this.#fail)
        .finally(() => {
          this.#running.delete(run)
          this.kick()
        })
      this.#running.add(run)
    }
    if (this.#running.size >= readsAtOnce) return
    const next = this.agenda.next(readsPerWorkspace)
    if (next !== undefined) this.#timer = setTimeout(() => this.kick(), Math.max(1, next - Date.now()))
  }

  /** Resolves when no more than `notices` are held, or it stops. */
  async below(notices: number): Promise<void> {
    while (this.agenda.notices > notices && !this.#stop.signal.aborted) {
      this.#full ??= Promise.withResolvers()
      await this.#full.promise
    }
  }

  /** Notices of these partitions are somebody else's now. */
  revoke(partitions: ReadonlySet<number>): void {
    this.agenda.revoke(partitions)
    this.#full?.resolve()
    this.#full = undefined
  }

  /** Starts nothing any more, breaks reads off, resolves when none is under way. */
  async stop(): Promise<void> {
    this.#stop.abort(new DOMException('hydrate stops', 'AbortError'))
    clearTimeout(this.#timer)
    this.#full?.resolve()
    await Promise.all(this.#running)
  }

  async #run(job: Job): Promise<void> {
    const standing = this.#options.workspaces.of(job.workspace)
    try {
      switch (standing.kind) {
        case 'active':
          return await this.#read(job, standing.client)
        case 'broken':
          return await this.#park(job)
        case 'disconnected':
          return this.#settle(job, 'dropped', 'the workspace is disconnected')
        case 'unknown':
          if (Date.now() - newest(job) < UNKNOWN_FOR) return this.#later(job, 'no such connection yet', 2000)
          return this.#settle(job, 'dropped', 'there is no such connection')
        case 'unclear':
          return this.#later(job, 'connections cannot be read', 1000)
      }
    } catch (error) {
      if (isBug(error)) throw error
      // Postgres or the brokers are away, or we are stopping: nothing was settled, everything is tried again.
      this.#later(
        job,
        error instanceof LogUnavailable ? 'the brokers do not answer' : 'a server of ours does not answer',
      )
    } finally {
      this.agenda.release(job)
    }
  }

  async #read(job: Job, client: AttioClient): Promise<void> {
    const [first] = job.things
    if (first !== undefined && (this.#forbidden.get(streamOf(first)) ?? 0) > Date.now())
      return this.#bury(job, 'Attio forbids reading this kind of thing: a scope is missing.', 'forbidden')
    let seen: Seen
    try {
      const onSkipped = (route: string): void =>
        this.#tell({ kind: 'skipped', workspace: job.workspace, notices: 0, reason: `${route} is forbidden` })
      const line = job.idle ? client.for('sweep') : client
      seen = await look(line, job.things, { signal: this.#stop.signal, onSkipped })
    } catch (error) {
      return this.#judge(job, client, error)
    }
    // We were asleep with the answer in hand.
    if (client.clock.isTooOld(seen.sentAt + client.clock.offset)) return this.#later(job, 'the answer is too old', 1)
    await this.#options.publisher.publish(seen.changes.map(outputOf))
    this.#breaker.saw(job.things.length, 0)
    const now = Date.now()
    const absent = new Set(seen.absent)
    for (const thing of job.things) {
      if (absent.has(thing)) {
        thing.alone = true
        this.agenda.later(thing, now)
      } else this.#finish(thing, seen.sentAt, now)
    }
    const gone = seen.changes.filter((change) => change.gone).length
    this.#tell({
      kind: 'read',
      things: job.things.length,
      changes: seen.changes.length,
      gone,
      missing: seen.missing.length,
    })
  }

  #finish(thing: Thing, sentAt: number, now: number): void {
    for (const { at, notice } of thing.waiting)
      if (at > thing.sentAt && at <= sentAt)
        this.#tell({ kind: 'fresh', seconds: Math.max(0, now - notice.received_at) / 1000 })
    this.#settled(this.agenda.finish(thing, sentAt, now))
  }

  /** What an error of Attio means for the job. */
  async #judge(job: Job, client: AttioClient, error: unknown): Promise<void> {
    if (error instanceof OutOfSight) return this.#settle(job, 'skipped', error.message)
    if (error instanceof UnknownKind) return this.#bury(job, error.message, 'rejected')
    if (error instanceof ChildrenUnseen) return this.#later(job, error.message, 1000)
    if (!(error instanceof AttioError)) throw error
    switch (error.kind) {
      case 'unauthorized':
        return this.#refused(job, client)
      case 'forbidden':
        for (const thing of job.things)
          this.#forbidden.set(streamOf(thing), Date.now() + (this.#options.forbiddenFor ?? FORBIDDEN_FOR))
        return this.#bury(job, error.message, 'forbidden')
      case 'merge-in-progress':
        return this.#later(job, error.message, 1000)
      case 'rate-limited':
      case 'unavailable':
        return this.#later(job, error.message)
      case 'object-disabled':
        return this.#settle(job, 'skipped', error.message)
      case 'not-found':
      case 'query-too-expensive':
      case 'filter':
      case 'invalid':
        if (job.things.length > 1) return this.#oneByOne(job)
        return this.#bury(job, error.message, 'refused')
    }
  }

  /** One 401 is not enough to stop a workspace: /v2/self says whether the token is alive. */
  async #refused(job: Job, client: AttioClient): Promise<void> {
    if (await isTokenAlive(client, this.#stop.signal)) return this.#later(job, 'Attio refused a token it calls active')
    await this.#options.workspaces.refused(job.workspace, client)
    await this.#park(job)
  }

  /** The query was refused as a whole: whoever is to blame shows alone. */
  #oneByOne(job: Job): void {
    for (const thing of job.things) {
      thing.alone = true
      this.agenda.later(thing, Date.now())
    }
  }

  async #park(job: Job): Promise<void> {
    await this.#options.parking.park(job.things.flatMap((thing) => thing.waiting.map(({ notice }) => notice)))
    this.#settle(job, 'parked', 'the connection is broken')
  }

  async #bury(job: Job, reason: string, fault: Fault): Promise<void> {
    // What a token may not read is one workspace's matter; the others go on.
    const judged = fault === 'forbidden' ? 0 : job.things.length
    if (judged > 0 && this.#breaker.trips(judged, judged)) return this.#halt(job, reason)
    const letters = job.things.flatMap((thing) =>
      thing.waiting.map(({ notice, place }) =>
        letterOf({ thing, notice, place, reason, fault, codec: this.#options.codec }),
      ),
    )
    await this.#options.publisher.publish(letters)
    this.#breaker.saw(judged, judged)
    this.#tell({ kind: 'buried', workspace: job.workspace, reason, fault, notices: letters.length })
    for (const thing of job.things) this.#settled(this.agenda.settle(thing).map(({ place }) => place))
  }

  /** Most reads are refused for good, so it is us, not the things: nothing is buried, nothing settled, nothing read any more. */
  #halt(job: Job, reason: string): void {
    this.#halted ??= reason
    this.#later(job, reason)
  }

  #settle(job: Job, kind: 'parked' | 'dropped' | 'skipped', reason: string): void {
    const places = job.things.flatMap((thing) => this.agenda.settle(thing).map(({ place }) => place))
    this.#tell({ kind, workspace: job.workspace, notices: places.length, reason })
    this.#settled(places)
  }

  #later(job: Job, reason: string, wait?: number): void {
    for (const thing of job.things) {
      if (!thing.reading) continue
      thing.attempts += 1
      const ms = wait ?? 500 + backoffMs(thing.attempts, { firstMs: 500, maxMs: 30_000 })
      this.agenda.later(thing, Date.now() + ms)
    }
    if (!this.#stop.signal.aborted) this.#tell({ kind: 'later', workspace: job.workspace, reason })
  }

  #settled(places: readonly Place[]): void {
    if (places.length > 0) this.#options.settled(places)
    this.#full?.resolve()
    this.#full = undefined
  }

  #tell(event: HydratorEvent): void {
    this.#options.onEvent?.(event)
  }
}

function outputOf(change: Change): Output {
  return { topic: 'attio.changes', key: change.id, value: change, headers: { workspace: change.workspace_id } }
}

function newest(job: Job): number {
  return Math.max(0, ...job.things.flatMap((thing) => thing.waiting.map(({ at }) => at)))
}

function streamOf(thing: Thing): string {
  return `${thing.workspace}/${thing.kind}`
}
