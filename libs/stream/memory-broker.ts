/**
 * What all connections to one memory log share: topics, committed offsets, who holds a transactional id, groups. Nothing
 * here waits or uses a timer, so a test that decides when callers go on decides everything.
 */
import { TOPICS, type TopicName } from '@attio-stream/contracts'
import { assign } from './assign.ts'
import { FencedError, LogUnavailable } from './errors.ts'
import type { OutgoingMessage, TopicPartition, TopicPartitionOffset, Transaction } from './log.ts'
import { MemoryPartition, type MemoryTransaction } from './memory-partition.ts'
import { messageLimit } from './message-limit.ts'
import { recordSize } from './record-batch.ts'

/** What the broker tells a group member; the member runs its handler. */
export interface MemberSeat {
  readonly id: string
  owned: readonly TopicPartition[]
  give(assignment: readonly TopicPartition[]): void
}
interface Group {
  readonly topics: readonly string[]
  readonly coPartitioned: boolean
  generation: number
  readonly seats: Map<string, MemberSeat>
}
interface Holder {
  epoch: number
  open: { readonly transaction: MemoryTransaction; readonly touched: Set<MemoryPartition> } | undefined
}

export class MemoryBroker {
  readonly now: () => number
  readonly #topics = new Map<string, readonly MemoryPartition[]>()
  readonly #committed = new Map<string, Map<string, number>>()
  readonly #holders = new Map<string, Holder>()
  readonly #groups = new Map<string, Group>()
  /** Connections so far: names must not depend on what else a process has done. */
  connections = 0
  /** Kafka is away: everything that needs it throws LogUnavailable. */
  away = false
  /** Topics that nothing can be written to just now. */
  readonly refusing = new Set<string>()

  constructor(topics: Readonly<Record<string, number>>, now: () => number) {
    this.now = now
    for (const [topic, count] of Object.entries(topics)) {
      this.#topics.set(
        topic,
        Array.from({ length: count }, () => new MemoryPartition()),
      )
    }
  }

  reachable(): void {
    if (this.away) throw new LogUnavailable('The memory log is away.')
  }

  topic(name: string): readonly MemoryPartition[] {
    const partitions = this.#topics.get(name)
    if (partitions === undefined) throw new Error(`There is no topic ${name}.`)
    return partitions
  }

  partition(of: TopicPartition): MemoryPartition {
    const partition = this.topic(of.topic)[of.partition]
    if (partition === undefined) throw new Error(`There is no partition ${of.partition} of topic ${of.topic}.`)
    return partition
  }

  /** As brokers judge a message: by topic, partition and size. */
  #accept(messages: readonly OutgoingMessage[]): void {
    this.reachable()
    for (const message of messages) {
      this.partition(message)
      const { topic } = message
      if (this.refusing.has(topic)) throw new LogUnavailable(`The memory log refuses messages for ${topic}.`)
      if (topic in TOPICS && recordSize(message) > messageLimit(topic as TopicName))
        throw new LogUnavailable(`A message is larger than ${topic} allows.`)
    }
  }

  produce(messages: readonly OutgoingMessage[]): void {
    this.#accept(messages)
    for (const message of messages) this.partition(message).append(message, this.now())
  }

  committed(group: string, topic: string): number[] {
    const offsets = this.#committed.get(group)
    return this.topic(topic).map((_, partition) => offsets?.get(`${topic}/${partition}`) ?? -1)
  }

  commit(group: string, offsets: readonly TopicPartitionOffset[]): void {
    const committed = this.#committed.get(group) ?? new Map<string, number>()
    this.#committed.set(group, committed)
    for (const { topic, partition, offset } of offsets) committed.set(`${topic}/${partition}`, offset)
  }

  /** The next epoch of this id: fences earlier holders and aborts what they left open. */
  hold(id: string): number {
    this.reachable()
    const holder = this.#holders.get(id) ?? { epoch: -1, open: undefined }
    this.#holders.set(id, holder)
    this.#end(holder, 'aborted')
    return ++holder.epoch
  }

  begin(id: string, epoch: number, messages: readonly OutgoingMessage[]): TopicPartitionOffset[] {
    this.reachable()
    const holder = this.#holder(id, epoch)
    this.#accept(messages)
    const transaction: MemoryTransaction = { outcome: 'open' }
    holder.open = { transaction, touched: new Set(messages.map((message) => this.partition(message))) }
    const written = new Map<MemoryPartition, TopicPartitionOffset>()
    for (const message of messages) {
      const partition = this.partition(message)
      const offset = partition.append(message, this.now(), transaction) + 1
      written.set(partition, { topic: message.topic, partition: message.partition, offset })
    }
    return [...written.values()]
  }

  finish(id: string, epoch: number, transaction: Transaction): void {
    this.reachable()
    const holder = this.#holder(id, epoch)
    this.commit(transaction.group, transaction.offsets)
    this.#end(holder, 'committed')
  }

  abort(id: string, epoch: number): void {
    this.#end(this.#holder(id, epoch), 'aborted')
  }

  #holder(id: string, epoch: number): Holder {
    const holder = this.#holders.get(id)
    if (holder === undefined || holder.epoch !== epoch) throw new FencedError(id)
    return holder
  }

  #end(holder: Holder, outcome: 'committed' | 'aborted'): void {
    if (holder.open === undefined) return
    holder.open.transaction.outcome = outcome
    for (const partition of holder.open.touched) partition.mark()
    holder.open = undefined
  }

  enter(name: string, topics: readonly string[], coPartitioned: boolean, seat: MemberSeat): void {
    const group = this.#groups.get(name) ?? { topics, coPartitioned, generation: 0, seats: new Map() }
    this.#groups.set(name, group)
    group.seats.set(seat.id, seat)
    this.#rebalance(group)
  }

  exit(name: string, id: string): void {
    const group = this.#groups.get(name)
    if (group?.seats.delete(id)) this.#rebalance(group)
  }

  owns(name: string, id: string, of: TopicPartition): boolean {
    const seat = this.#groups.get(name)?.seats.get(id)
    return seat?.owned.some(({ topic, partition }) => topic === of.topic && partition === of.partition) ?? false
  }

  #rebalance(group: Group): void {
    if (group.seats.size === 0) return
    group.generation++
    const assignment = assign({
      members: [...group.seats.values()].map(({ id, owned }) => ({ id, owned, generation: group.generation })),
      topics: new Map(group.topics.map((topic) => [topic, this.topic(topic).length])),
      coPartitioned: group.coPartitioned,
    })
    for (const seat of group.seats.values()) seat.owned = assignment.get(seat.id) ?? []
    for (const seat of [...group.seats.values()]) seat.give(seat.owned)
  }
}
