/**
 * A group member's partitions: handlers are told what comes and goes, one delivery loop per partition with messages fetched
 * ahead, and nothing of a partition before `assigned` has resolved.
 */
import type { KafkaCluster } from './kafka-client.ts'
import { Fetcher, Lane } from './kafka-fetcher.ts'
import { Membership } from './kafka-membership.ts'
import type { GroupMember, JoinOptions, TopicPartition, TopicPartitionOffset } from './log.ts'

export interface KafkaMemberOptions {
  readonly cluster: KafkaCluster
  /** Group and topics as the brokers know them; the handler sees them without the cell's prefix (`bare`). */
  readonly join: JoinOptions
  readonly group: string
  readonly full: (topic: string) => string
  readonly bare: (topic: string) => string
  readonly committed: (topic: string) => Promise<readonly number[]>
  readonly beginnings: (topic: string) => Promise<readonly number[]>
  readonly previous: readonly string[]
  readonly onMemberId: (id: string) => void
  readonly maxWaitMs: number
  readonly onTrouble: (message: string, error: unknown) => void
}
const MEGABYTE = 1024 * 1024
const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`

interface Lease extends TopicPartition {
  live: boolean
  lane: Lane | undefined
  running: Promise<void>
}

export class KafkaMember implements GroupMember {
  readonly failed: Promise<never>
  readonly #options: KafkaMemberOptions
  readonly #membership: Membership
  readonly #fetcher: Fetcher
  readonly #leases = new Map<string, Lease>()
  readonly #fail: (error: unknown) => void
  #turn: Promise<void> = Promise.resolve()
  #running: Promise<void> = Promise.resolve()
  #left: Promise<void> | undefined

  constructor(options: KafkaMemberOptions) {
    this.#options = options
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => {})
    this.failed = failed.promise
    this.#fail = failed.reject
    const { cluster, join, group, full, bare, previous, onMemberId, onTrouble, maxWaitMs } = options
    this.#fetcher = new Fetcher({
      cluster,
      laneBytes: MEGABYTE,
      maxBytes: 4 * MEGABYTE,
      maxBytesPerPartition: MEGABYTE,
      maxWaitMs,
      onTrouble,
      onFatal: (error) => this.#fail(error),
    })
    this.#membership = new Membership({
      cluster,
      group,
      topics: join.topics.map(full),
      coPartitioned: join.coPartitioned,
      sessionTimeoutMs: join.sessionTimeoutMs ?? 10_000,
      previous,
      onMemberId,
      onTrouble,
      onAssigned: (partitions) =>
        this.#assign(
          partitions.map((of) => ({ ...of, topic: bare(of.topic) })),
          false,
        ),
      onLost: () => this.#assign([], true),
    })
  }

  start(): void {
    this.#running = this.#membership.run().catch((error) => {
      this.#assign([], true)
      this.#fail(error)
    })
  }

  async commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    const { full, bare } = this.#options
    const owns = (of: TopicPartition) => this.#leases.get(nameOf({ ...of, topic: bare(of.topic) }))?.live ?? false
    await this.#membership.commit(
      offsets.map((offset) => ({ ...offset, topic: full(offset.topic) })),
      owns,
    )
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave()
    return this.#left
  }

  /** As if the process were killed: nothing is said to the brokers or to the handler. */
  sever(): void {
    this.#left = Promise.resolve()
    for (const lease of this.#leases.values()) {
      lease.live = false
      lease.lane?.end()
    }
    this.#leases.clear()
    this.#membership.sever()
    this.#fetcher.stop()
    this.#options.cluster.disconnect().catch(() => {})
  }

  async #leave(): Promise<void> {
    const leases = [...this.#leases.values()].filter(({ live }) => live)
    for (const { lane } of leases) lane?.end()
    await Promise.all(leases.map(({ running }) => running))
    this.#assign([], false)
    await this.#turn
    await this.#membership.leave()
    await this.#running
    this.#fetcher.stop()
    await this.#options.cluster.disconnect().catch(() => {})
  }

  /** All that is ours from now on; handlers run in turn, deliveries stop at once. */
  #assign(partitions: readonly TopicPartition[], lost: boolean): void {
    const names = new Set(partitions.map(nameOf))
    for (const [name, lease] of this.#leases) {
      if (names.has(name)) continue
      lease.live = false
      if (lease.lane) this.#fetcher.remove(lease.lane)
    }
    this.#turn = this.#turn.then(() => this.#change(partitions, lost)).catch((error) => this.#fail(error))
  }

  async #change(partitions: readonly TopicPartition[], lost: boolean): Promise<void> {
    const { handler } = this.#options.join
    const gone = [...this.#leases.values()].filter(({ live }) => !live)
    for (const lease of gone) this.#leases.delete(nameOf(lease))
    if (gone.length > 0) await handler.revoked(gone.map(bareLease), lost)
    const fresh = partitions.filter((of) => !this.#leases.has(nameOf(of)))
    if (fresh.length === 0 || this.#left !== undefined) return
    const leases = fresh.map((of) => ({ ...of, live: true, lane: undefined, running: Promise.resolve() }))
    for (const lease of leases) this.#leases.set(nameOf(lease), lease)
    // Not awaited in turn: a long takeover must not delay giving up other partitions.
    this.#take(leases).catch((error) => this.#fail(error))
  }

  async #take(leases: readonly Lease[]): Promise<void> {
    const { join, full } = this.#options
    const given = await join.handler.assigned(leases.map(bareLease))
    const starts = new Map(given.map((start) => [nameOf(start), start.offset]))
    const open = leases.filter((lease) => lease.live && !starts.has(nameOf(lease)))
    for (const [name, offset] of await this.#defaults(open)) starts.set(name, offset)
    for (const lease of leases) {
      if (!lease.live || this.#left !== undefined) continue
      const of = { topic: full(lease.topic), partition: lease.partition }
      const lane = new Lane(of, starts.get(nameOf(lease)) ?? 0)
      lease.lane = lane
      lease.running = this.#deliver(lease, lane).catch((error) => this.#fail(error))
      this.#fetcher.add(lane)
    }
  }

  async #defaults(leases: readonly Lease[]): Promise<Map<string, number>> {
    const starts = new Map<string, number>()
    for (const topic of new Set(leases.map((lease) => lease.topic))) {
      const [committed, beginnings] = await Promise.all([
        this.#options.committed(topic),
        this.#options.beginnings(topic),
      ])
      for (const lease of leases) {
        if (lease.topic !== topic) continue
        const offset = committed[lease.partition] ?? -1
        starts.set(nameOf(lease), offset >= 0 ? offset : (beginnings[lease.partition] ?? 0))
      }
    }
    return starts
  }

  async #deliver(lease: Lease, lane: Lane): Promise<void> {
    const { handler } = this.#options.join
    for (;;) {
      const messages = await lane.take()
      if (messages === undefined || !lease.live) return
      this.#fetcher.wake()
      const bare = messages.map((message) => ({ ...message, topic: lease.topic }))
      await handler.messages(lease.topic, lease.partition, lease.topic === lane.topic ? messages : bare)
    }
  }
}

function bareLease({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
