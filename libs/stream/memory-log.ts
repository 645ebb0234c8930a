/**
 * Log in memory, for tests and simulations: the same promises as Kafka's, deterministic, and able to die. Every await goes
 * through `pause`, so a test can hold, order or kill anything; there are no timers.
 */
import { FencedError, LogUnavailable } from './errors.ts'
import type { Log, ReadOptions, TransactionalWriter } from './log.ts'
import { MemoryBroker } from './memory-broker.ts'
import { MemoryMember } from './memory-member.ts'
import type { MemoryPartition } from './memory-partition.ts'
import { memoryReader } from './memory-reader.ts'

export interface MemoryLogOptions {
  /** Partition count by topic. */
  readonly topics: Readonly<Record<string, number>>
  /** Called wherever a real log would make the caller wait, with the name of the place. Default: the next microtask. */
  readonly pause?: (point: string) => Promise<void>
  /** Timestamps of messages. Default Date.now. */
  readonly now?: () => number
  /** Most messages in one delivery. Default 500. */
  readonly batch?: number
}

export interface MemoryLog extends Log {
  /** Another process on the same topics. */
  connect(options?: Pick<MemoryLogOptions, 'pause'>): MemoryLog
  /**
   * kill -9: nothing of this connection ever resolves, rejects or is called back again. Its group members stay (a process
   * nobody missed yet) until `expire`, unless `missed` is true.
   */
  crash(options?: { readonly missed?: boolean }): void
  /** The brokers notice that this connection is gone: its partitions go to others. */
  expire(): void
  /** The members of this connection, expired while it was still alive, hear of it: they lose what they had and join again. */
  rejoin(): Promise<void>
  /** Brokers unreachable for all connections until set back. */
  setAway(away: boolean): void
  /** Nothing can be written to this topic, with or without a transaction, until set back. */
  refuse(topic: string, refusing: boolean): void
  /** Removes superseded messages of a topic, as the log cleaner does. */
  compact(topic: string, options?: { readonly tombstones?: boolean }): void
  /** Removes everything before the offset, as retention does. */
  trim(topic: string, partition: number, offset: number): void
}

export function memoryLog(options: MemoryLogOptions): MemoryLog {
  return new Connection(new MemoryBroker(options.topics, options.now ?? Date.now), options)
}

const NEVER = new Promise<never>(() => {})

class Connection implements MemoryLog {
  readonly #broker: MemoryBroker
  readonly #options: MemoryLogOptions
  readonly #name: string
  readonly #members = new Set<MemoryMember>()
  readonly #readers = new Set<{ stop(): Promise<void> }>()
  #dead = false

  constructor(broker: MemoryBroker, options: MemoryLogOptions) {
    this.#broker = broker
    this.#options = options
    this.#name = `connection-${broker.connections++}`
  }

  async produce(messages: Parameters<Log['produce']>[0]): Promise<void> {
    await this.#pause('produce')
    this.#broker.produce(messages)
    await this.#pause('produced')
  }

  async transactional(id: string): Promise<TransactionalWriter> {
    await this.#pause('init')
    const epoch = this.#broker.hold(id)
    await this.#pause('inited')
    return {
      commit: async (transaction) => {
        if (transaction.messages.length === 0 && transaction.offsets.length === 0) return []
        await this.#pause('begin')
        const written = this.#broker.begin(id, epoch, transaction.messages)
        try {
          await this.#pause('end')
          this.#broker.finish(id, epoch, transaction)
        } catch (error) {
          if (!(error instanceof FencedError)) this.#broker.abort(id, epoch)
          throw error
        }
        await this.#pause('ended')
        return written
      },
      close: async () => {},
    }
  }

  async join(options: Parameters<Log['join']>[0]): ReturnType<Log['join']> {
    await this.#pause('join')
    const member = new MemoryMember({
      id: `${this.#name}-${this.#members.size}`,
      broker: this.#broker,
      join: options,
      batch: this.#options.batch ?? 500,
      pause: (point) => this.#pause(point),
    })
    this.#members.add(member)
    member.enter()
    return member
  }

  read(options: ReadOptions) {
    const pause = (point: string) => this.#pause(point)
    const reader = memoryReader(options, { broker: this.#broker, batch: this.#options.batch ?? 500, pause })
    this.#readers.add(reader)
    return reader
  }

  async partitions(topic: string): Promise<number> {
    return (await this.#of(topic)).length
  }
  async ends(topic: string): Promise<readonly number[]> {
    return (await this.#of(topic)).map((partition) => partition.end())
  }
  async beginnings(topic: string): Promise<readonly number[]> {
    return (await this.#of(topic)).map((partition) => partition.beginning())
  }
  async committed(group: string, topic: string): Promise<readonly number[]> {
    await this.#of(topic)
    return this.#broker.committed(group, topic)
  }
  async offsetsAt(topic: string, time: number): Promise<readonly number[]> {
    return (await this.#of(topic)).map((partition) => partition.offsetAt(time))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.leave()))
    await Promise.all([...this.#readers].map((reader) => reader.stop()))
  }

  connect(options: Pick<MemoryLogOptions, 'pause'> = {}): MemoryLog {
    return new Connection(this.#broker, { ...this.#options, ...options })
  }

  crash({ missed = true }: { readonly missed?: boolean } = {}): void {
    this.#dead = true
    for (const member of this.#members) member.die()
    if (missed) this.expire()
  }

  expire(): void {
    for (const member of this.#members) member.expire()
  }

  async rejoin(): Promise<void> {
    for (const member of this.#members) await member.rejoin()
  }

  setAway(away: boolean): void {
    this.#broker.away = away
  }
  refuse(topic: string, refusing: boolean): void {
    if (refusing) this.#broker.refusing.add(topic)
    else this.#broker.refusing.delete(topic)
  }
  compact(topic: string, options?: { readonly tombstones?: boolean }): void {
    for (const partition of this.#broker.topic(topic)) partition.compact(options)
  }
  trim(topic: string, partition: number, offset: number): void {
    this.#broker.partition({ topic, partition }).trim(offset)
  }

  async #of(topic: string): Promise<readonly MemoryPartition[]> {
    await this.#pause('ask')
    if (this.#broker.away) throw new LogUnavailable('The memory log is away.')
    return this.#broker.topic(topic)
  }

  async #pause(point: string): Promise<void> {
    if (this.#dead) return NEVER
    await this.#options.pause?.(point)
    if (this.#dead) return NEVER
  }
}
