/**
 * attio.notices in: decodes, hands on, and commits an offset once it and all before it are settled (R1). Messages that can
 * never be read are buried with their bytes; a partition waits while too many notices are pending.
 */
import type { Notice } from '@attio-stream/contracts'
import {
  Breaker,
  type Codec,
  DecodeError,
  deadLetter,
  type Fault,
  type GroupHandler,
  type GroupMember,
  type Log,
  type Publisher,
  type StoredMessage,
  type TopicPartition,
} from '@attio-stream/stream'
import type { Place } from './agenda.ts'
import type { Hydrator } from './hydrator.ts'
import { OffsetLedger } from './ledger.ts'

export const GROUP = 'hydrate'
const TOPIC = 'attio.notices'

export interface IntakeOptions {
  readonly log: Log
  readonly codec: Codec
  readonly publisher: Publisher
  readonly maxPending: number
  /** How long settled offsets wait to be committed together, ms. */
  readonly commitEvery?: number
  readonly onBuried?: (reason: string, fault: Fault) => void
  /** A commit did not go through; its offsets are committed with the next. */
  readonly onCommitFailed?: (error: unknown) => void
}

export class Intake {
  readonly #options: IntakeOptions
  readonly #ledgers = new Map<number, OffsetLedger>()
  #hydrator: Hydrator | undefined
  #member: GroupMember | undefined
  readonly #breaker = new Breaker()
  #timer: NodeJS.Timeout | undefined
  #halted: string | undefined
  readonly #released = Promise.withResolvers<void>()

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Why it stands still: most of what it read lately is no notice, so the code is wrong, not the data. */
  get standsStill(): string | undefined {
    return this.#halted
  }

  async join(hydrator: Hydrator): Promise<GroupMember> {
    this.#hydrator = hydrator
    this.#member = await this.#options.log.join({
      group: GROUP,
      topics: [TOPIC],
      coPartitioned: false,
      handler: this.#handler(hydrator),
    })
    return this.#member
  }

  /** These notices need nothing more. */
  settled(places: readonly Place[]): void {
    for (const { partition, offset } of places) this.#ledgers.get(partition)?.done(offset)
    this.#timer ??= setTimeout(() => void this.#commitSoon(), this.#options.commitEvery ?? 250)
  }

  /** After the hydrator stopped: commits what is settled and leaves. */
  async leave(): Promise<void> {
    clearTimeout(this.#timer)
    this.#released.resolve()
    await this.#commit([...this.#ledgers.keys()]).catch((error: unknown) => this.#options.onCommitFailed?.(error))
    await this.#member?.leave()
  }

  #handler(hydrator: Hydrator): GroupHandler {
    return {
      assigned: async (partitions) => {
        for (const { partition } of partitions) this.#ledgers.set(partition, new OffsetLedger())
        return []
      },
      revoked: async (partitions, lost) => {
        const numbers = partitions.map(({ partition }) => partition)
        if (!lost) await this.#commit(numbers).catch((error: unknown) => this.#options.onCommitFailed?.(error))
        for (const partition of numbers) this.#ledgers.delete(partition)
        hydrator.revoke(new Set(numbers))
      },
      messages: (_topic, partition, messages) => this.#take({ topic: TOPIC, partition }, messages, hydrator),
    }
  }

  async #take({ partition }: TopicPartition, messages: readonly StoredMessage[], hydrator: Hydrator): Promise<void> {
    const { codec, maxPending } = this.#options
    await codec.prepare(
      TOPIC,
      messages.map((message) => message.value),
    )
    const read = messages.map((message) => ({ message, ...this.#decoded(message) }))
    const unreadable = read.flatMap(({ error }) => error ?? [])
    if (this.#breaker.trips(read.length, unreadable.length)) this.#halted ??= unreadable[0]?.reason
    // Offsets stay where they are, until another process takes the partition or this one is started again.
    if (this.#halted !== undefined) return this.#released.promise
    const ledger = this.#ledgers.get(partition)
    for (const { message, notice, error } of read) {
      // Revoked meanwhile: what is left of the batch is somebody else's.
      if (ledger === undefined || this.#ledgers.get(partition) !== ledger) return
      ledger.begin(message.offset)
      const place = { partition, offset: message.offset }
      if (notice !== undefined) {
        hydrator.add(notice, place)
        continue
      }
      if (error !== undefined) await this.#bury(message, error)
      this.settled([place])
    }
    this.#breaker.saw(read.length, unreadable.length)
    hydrator.kick()
    await hydrator.below(maxPending)
  }

  /** Neither: a tombstone. */
  #decoded({ value }: StoredMessage): { readonly notice?: Notice; readonly error?: DecodeError } {
    if (value === null) return {}
    try {
      return { notice: this.#options.codec.decode(TOPIC, value) }
    } catch (error) {
      if (error instanceof DecodeError) return { error }
      throw error
    }
  }

  async #bury(message: StoredMessage, error: DecodeError): Promise<void> {
    const { reason, fault } = error
    await this.#options.publisher.publish([
      deadLetter({ stage: GROUP, reason, fault, buried: message, now: Date.now() }),
    ])
    this.#options.onBuried?.(reason, fault)
  }

  async #commitSoon(): Promise<void> {
    this.#timer = undefined
    try {
      await this.#commit([...this.#ledgers.keys()])
    } catch (error) {
      this.#options.onCommitFailed?.(error)
      if (this.#hydrator !== undefined) this.#timer ??= setTimeout(() => void this.#commitSoon(), 1000)
    }
  }

  async #commit(partitions: readonly number[]): Promise<void> {
    const offsets = partitions.flatMap((partition) => {
      const offset = this.#ledgers.get(partition)?.committable()
      return offset === undefined ? [] : [{ topic: TOPIC, partition, offset }]
    })
    if (offsets.length === 0) return
    await this.#member?.commit(offsets)
    for (const { partition, offset } of offsets) this.#ledgers.get(partition)?.committed(offset)
  }
}
