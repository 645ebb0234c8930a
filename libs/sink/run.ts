/**
 * The loop every sink shares: reads crm.artifacts in the group `sink-{name}`, formats, batches, writes, buries what will
 * never be taken, and commits what is durable. A crash repeats writes and never loses one; versions make repeating
 * harmless. What may heal is tried again without end; what may not stops the loop and says so. One batch is delivery.ts's.
 */
import type { TopicName } from '@attio-stream/contracts'
import type { AppContext, Health, RunningApp } from '@attio-stream/service'
import {
  Breaker,
  type BreakerLimits,
  type GroupMember,
  isBug,
  type Log,
  type StoredMessage,
  sleep,
} from '@attio-stream/stream'
import { type Batch, type BatchLimits, LIMITS, takeBatch } from './batch.ts'
import { type DeliveryOptions, deliver, type SinkCodec } from './delivery.ts'
import { sinkGroup } from './generations/generation.ts'
import { Hands } from './hands.ts'
import { Lane } from './lane.ts'
import { sinkMeter } from './meter.ts'
import { messageOf, Patience } from './patience.ts'
import type { Format } from './projection.ts'
import { type Sink, StoreError } from './sink.ts'

export interface SinkRunOptions extends Pick<AppContext, 'logger' | 'metrics'> {
  readonly sink: Sink
  readonly log: Log
  /** Asked for once, again while it fails in a way that may heal. */
  readonly codec: () => Promise<SinkCodec>
  readonly format: Format
  readonly limits?: Partial<BatchLimits>
  readonly breaker?: BreakerLimits
  /** How long a stop waits for the batch in hand, ms. Default 10 000. A revocation waits at most 3 000. */
  readonly graceMs?: number
  readonly now?: () => number
}

const TOPIC = 'crm.artifacts' satisfies TopicName

/**
 * Starts at once and connects behind the scenes: a store that is down makes it amber, not absent. When most documents are
 * refused it stands still, red, until it is restarted; when it fails, `failed` rejects.
 */
export function runSink(options: SinkRunOptions): RunningApp {
  return new SinkLoop(options)
}

const ABORT_GRACE = 1000
/** Well below the session time-out: the group waits for us. */
const REVOKE_GRACE = 3000

/** The reason of our own aborts: drops what is in hand, uncommitted. */
class Dropped extends Error {}

class SinkLoop implements RunningApp {
  readonly failed: Promise<never>
  readonly #options: SinkRunOptions
  readonly #limits: BatchLimits
  readonly #graceMs: number
  readonly #now: () => number
  readonly #reject: (error: unknown) => void
  readonly #lanes = new Map<number, Lane>()
  readonly #member = Promise.withResolvers<GroupMember>()
  /** No new work, and no more waiting for another attempt. */
  readonly #stopping = new AbortController()
  /** Nothing may go on. */
  readonly #abort = new AbortController()
  readonly #patience: Patience
  readonly #delivery: Omit<DeliveryOptions, 'codec' | 'hand'>
  readonly #hands: Hands
  readonly #opened: Promise<void>
  #codec: SinkCodec | undefined
  #state: 'starting' | 'running' | 'halted' = 'starting'
  #tripped = false
  #reason = 'connecting'
  #timer: NodeJS.Timeout | undefined
  #room = Promise.withResolvers<void>()
  #stopped: Promise<void> | undefined

  constructor(options: SinkRunOptions) {
    const { sink, log, logger, format, now = Date.now } = options
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#hands = new Hands(this.#limits.concurrency)
    this.#graceMs = options.graceMs ?? 10_000
    this.#now = now
    this.#patience = new Patience(logger, this.#stopping.signal)
    this.#delivery = {
      sink,
      log,
      format,
      now,
      topic: TOPIC,
      member: this.#member.promise,
      breaker: new Breaker(options.breaker),
      meter: sinkMeter(options.metrics, {
        lag: () => lagOf(log, sinkGroup(sink.name, sink.generation), TOPIC),
        standsStill: () => this.#tripped,
        hands: () => this.#hands.allowed,
      }),
      patience: this.#patience,
      abort: this.#abort.signal,
      buried: ({ message: { key, partition, offset }, reason }) =>
        logger.warn({ key, partition, offset, reason }, 'a document was buried'),
    }
    const failed = Promise.withResolvers<never>()
    this.failed = failed.promise
    this.#reject = failed.reject
    this.failed.catch(() => {})
    this.#member.promise.catch(() => {})
    this.#opened = this.#open().catch((error) => this.#fail(error))
  }

  health(): Health {
    if (this.#state === 'halted') return { state: 'red', reason: this.#reason }
    const trouble = this.#patience.trouble
    if (trouble !== undefined) return { state: 'amber', reason: trouble }
    if (this.#state === 'starting') return { state: 'starting', reason: this.#reason }
    return { state: 'green', reason: `keeps ${this.#lanes.size} partitions` }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new Dropped('stopping'))
    clearTimeout(this.#timer)
    for (const lane of this.#lanes.values()) lane.close()
    this.#wake()
    await this.#opened
    const inHand = [...this.#lanes.values()].map((lane) => lane.inHand)
    await within(this.#graceMs, inHand)
    this.#abort.abort(new Dropped('stopping'))
    // A store that does not heed the signal is not waited for any longer.
    await within(ABORT_GRACE, inHand)
    this.#member.reject(new Dropped('stopped'))
    const member = await this.#member.promise.catch(() => undefined)
    await member?.leave()
    await this.#options.sink.close()
  }

  async #open(): Promise<void> {
    const { codec, sink, log } = this.#options
    const mayHeal = (error: unknown) => !isBug(error)
    this.#codec = await this.#patience.until('The schema registry cannot be read', codec, { mayHeal })
    const open = () => sink.open(this.#stopping.signal)
    await this.#patience.until(`The store of ${sink.name} cannot be opened`, open, {
      mayHeal: (error) => error instanceof StoreError,
    })
    const handler = {
      assigned: async (partitions: readonly { readonly partition: number }[]) => {
        for (const { partition } of partitions) this.#lanes.set(partition, new Lane(partition))
        return []
      },
      revoked: (partitions: readonly { readonly partition: number }[], lost: boolean) => this.#revoke(partitions, lost),
      messages: (_: string, partition: number, messages: readonly StoredMessage[]) =>
        this.#receive(partition, messages),
    }
    const group = sinkGroup(sink.name, sink.generation)
    const join = () => log.join({ group, topics: [TOPIC], coPartitioned: false, handler })
    const member = await this.#patience.until('The brokers cannot be reached', join, { mayHeal })
    member.failed.catch((error) => this.#fail(error))
    if (this.#state === 'starting') this.#state = 'running'
    this.#member.resolve(member)
  }

  /** Resolves when there is room for more: the back-pressure. */
  async #receive(partition: number, messages: readonly StoredMessage[]): Promise<void> {
    const lane = this.#lanes.get(partition)
    if (lane === undefined || this.#stopping.signal.aborted) return
    lane.push(messages, this.#now())
    this.#pump()
    while (!lane.closing && (this.#state === 'halted' || this.#queued() > this.#limits.queueBytes))
      await this.#room.promise
  }

  #queued(): number {
    let bytes = 0
    for (const lane of this.#lanes.values()) bytes += lane.bytes
    return bytes
  }

  #wake(): void {
    this.#room.resolve()
    this.#room = Promise.withResolvers()
  }

  /** What is in hand may finish and be committed, for a while; what waits is somebody else's now. */
  async #revoke(partitions: readonly { readonly partition: number }[], lost: boolean): Promise<void> {
    const lanes = partitions.flatMap(({ partition }) => this.#lanes.get(partition) ?? [])
    for (const lane of lanes) {
      lane.close()
      lane.ended = lost
    }
    this.#wake()
    if (!lost)
      await within(
        Math.min(this.#graceMs, REVOKE_GRACE),
        lanes.map((lane) => lane.inHand),
      )
    for (const lane of lanes) {
      lane.ended = true
      if (this.#lanes.get(lane.partition) === lane) this.#lanes.delete(lane.partition)
    }
  }

  /** Gives every free hand a batch. */
  #pump(): void {
    clearTimeout(this.#timer)
    while (this.#hands.free && this.#state !== 'halted' && !this.#stopping.signal.aborted) {
      const batch = takeBatch([...this.#lanes.values()], this.#limits, this.#now())
      if (batch === undefined) return
      if (typeof batch === 'number') {
        this.#timer = setTimeout(() => this.#pump(), batch)
        return
      }
      const work = this.#work(batch)
      for (const { lane } of batch) lane.inHand = work
    }
  }

  /** Never rejects: a failure stops the loop, a drop leaves the batch uncommitted. */
  async #work(batch: Batch): Promise<void> {
    const hand = this.#hands.take()
    try {
      const outcome = await deliver(batch, { ...this.#delivery, hand, codec: this.#codec as SinkCodec })
      const { name } = this.#options.sink
      if (outcome.kind === 'tripped') {
        this.#tripped = true
        this.#halt(`Most documents are refused, so the sink ${name} is wrong, not the data: ${outcome.reason}`)
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#patience.over(batch)
    hand.rest()
    for (const { lane } of batch) lane.inHand = undefined
    this.#wake()
    this.#pump()
  }

  #fail(error: unknown): void {
    if (error instanceof Dropped) return
    this.#halt(`The sink ${this.#options.sink.name} failed: ${messageOf(error)}`)
    this.#reject(error)
  }

  #halt(reason: string): void {
    if (this.#state === 'halted') return
    this.#state = 'halted'
    this.#reason = reason
    clearTimeout(this.#timer)
    this.#options.logger.error(reason)
  }
}

/** Resolves when all have, or the time is over. */
async function within(ms: number, all: readonly (Promise<void> | undefined)[]): Promise<void> {
  const done = new AbortController()
  await Promise.race([Promise.all(all), sleep(ms, done.signal).catch(() => {})])
  done.abort()
}

/** Messages not committed yet; undefined when the brokers do not answer. */
async function lagOf(log: Log, group: string, topic: string): Promise<number | undefined> {
  try {
    const [ends, begins, done] = await Promise.all([
      log.ends(topic),
      log.beginnings(topic),
      log.committed(group, topic),
    ])
    return ends.reduce((sum, end, p) => sum + Math.max(0, end - Math.max(done[p] ?? -1, begins[p] ?? 0)), 0)
  } catch {
    return undefined
  }
}
