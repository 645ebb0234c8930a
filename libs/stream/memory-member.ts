/** A member of a group of the memory log: one delivery loop per partition, so a slow partition holds up no other. */
import type { GroupMember, JoinOptions, TopicPartition, TopicPartitionOffset } from './log.ts'
import type { MemberSeat, MemoryBroker } from './memory-broker.ts'

export interface MemoryMemberOptions {
  readonly id: string
  readonly broker: MemoryBroker
  readonly join: JoinOptions
  readonly batch: number
  readonly pause: (point: string) => Promise<void>
}

interface Lease extends TopicPartition {
  live: boolean
  readonly ended: PromiseWithResolvers<void>
}
const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`

export class MemoryMember implements GroupMember, MemberSeat {
  readonly id: string
  owned: readonly TopicPartition[] = []
  readonly failed: Promise<never>
  readonly #options: MemoryMemberOptions
  readonly #leases = new Map<string, Lease>()
  readonly #running = new Set<Promise<void>>()
  readonly #fail: (error: unknown) => void
  #turn: Promise<void> = Promise.resolve()
  #gone = false

  constructor(options: MemoryMemberOptions) {
    this.id = options.id
    this.#options = options
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => {})
    this.failed = failed.promise
    this.#fail = failed.reject
  }

  enter(): void {
    const { group, topics, coPartitioned } = this.#options.join
    this.#options.broker.enter(group, topics, coPartitioned, this)
  }

  /** Called by the broker with everything that is now ours; handlers run in turn, after it returned. */
  give(assignment: readonly TopicPartition[]): void {
    const names = new Set(assignment.map(nameOf))
    for (const [name, lease] of this.#leases) if (!names.has(name)) this.#end(lease)
    this.#turn = this.#turn.then(() => this.#take(assignment)).catch((error) => this.#fail(error))
  }

  async commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    const { broker, join, pause } = this.#options
    await pause('commit')
    broker.reachable()
    for (const offset of offsets) {
      if (broker.owns(join.group, this.id, offset)) continue
      throw new Error(`Partition ${offset.partition} of ${offset.topic} is no longer read by this member.`)
    }
    broker.commit(join.group, offsets)
    await pause('committed')
  }

  async leave(): Promise<void> {
    if (!this.#gone) {
      this.#gone = true
      const leases = [...this.#leases.values()]
      for (const lease of leases) this.#end(lease)
      await Promise.all(this.#running)
      await this.#turn
      if (leases.length > 0) await this.#options.join.handler.revoked(leases, false)
      this.#leases.clear()
      this.#options.broker.exit(this.#options.join.group, this.id)
    }
  }

  /** The process is dead: no callbacks any more. */
  die(): void {
    this.#gone = true
    for (const lease of this.#leases.values()) this.#end(lease)
  }
  expire(): void {
    this.#options.broker.exit(this.#options.join.group, this.id)
  }

  /** Its heartbeat was refused: everything is lost, and it begins anew. */
  async rejoin(): Promise<void> {
    if (this.#gone) return
    const lost = [...this.#leases.values()]
    this.#leases.clear()
    for (const lease of lost) this.#end(lease)
    this.#turn = this.#turn.then(async () => {
      if (lost.length > 0) await this.#options.join.handler.revoked(lost, true)
    })
    this.#turn = this.#turn.catch((error) => this.#fail(error))
    await this.#turn
    if (!this.#gone) this.enter()
  }

  #end(lease: Lease): void {
    lease.live = false
    lease.ended.resolve()
  }

  async #take(assignment: readonly TopicPartition[]): Promise<void> {
    if (this.#gone) return
    const { handler } = this.#options.join
    const lost = [...this.#leases.values()].filter((lease) => !lease.live)
    for (const lease of lost) this.#leases.delete(nameOf(lease))
    if (lost.length > 0) await handler.revoked(lost, false)
    const fresh = assignment.filter((of) => !this.#leases.has(nameOf(of)) && this.#owns(of))
    if (fresh.length === 0) return
    const leases = fresh.map((of) => ({ ...of, live: true, ended: Promise.withResolvers<void>() }))
    for (const lease of leases) this.#leases.set(nameOf(lease), lease)
    await this.#options.pause('assigned')
    const starts = new Map((await handler.assigned(fresh)).map((start) => [nameOf(start), start.offset]))
    for (const lease of leases) {
      const run = this.#deliver(lease, starts.get(nameOf(lease))).catch((error) => this.#fail(error))
      this.#running.add(run)
      run.finally(() => this.#running.delete(run)).catch(() => {})
    }
  }

  #owns(of: TopicPartition): boolean {
    return this.#options.broker.owns(this.#options.join.group, this.id, of)
  }

  async #deliver(lease: Lease, start: number | undefined): Promise<void> {
    const { broker, join, batch, pause } = this.#options
    const source = broker.partition(lease)
    const committed = broker.committed(join.group, lease.topic)[lease.partition] ?? -1
    let offset = Math.max(start ?? committed, source.beginning())
    while (lease.live) {
      const { messages, next } = source.read(offset, batch)
      if (messages.length === 0 && next === offset) {
        await Promise.race([source.changed(), lease.ended.promise])
        continue
      }
      await pause('deliver')
      if (!lease.live) return
      offset = next
      if (messages.length > 0) await join.handler.messages(lease.topic, lease.partition, messages)
    }
  }
}
