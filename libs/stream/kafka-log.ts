/**
 * Log on Kafka. Topics, groups and transactional ids carry the cell's prefix on the brokers and never in our code. Connections:
 * one for producing, one for questions, one per writer, member and reader, so nobody waits behind another's long poll.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { type KafkaConnection, openCluster } from './kafka-client.ts'
import { KafkaMember } from './kafka-member.ts'
import { committedOffsets, offsets, partitionCount } from './kafka-offsets.ts'
import { KafkaProducer } from './kafka-producer.ts'
import { kafkaReader } from './kafka-reader.ts'
import { openWriter } from './kafka-transaction.ts'
import type {
  GroupMember,
  JoinOptions,
  Log,
  OutgoingMessage,
  Reader,
  ReadOptions,
  Transaction,
  TransactionalWriter,
} from './log.ts'

export interface KafkaLogOptions extends KafkaConnection {
  /** Before every topic, group and transactional id. Default none. */
  readonly prefix?: string
  /**
   * Where this instance remembers its member ids. Killed and started again on the same disk, it has the brokers forget the
   * dead member at once, instead of waiting for its session to time out.
   */
  readonly directory?: string
  /** How long an idle fetch waits at the broker, ms. New messages end the wait. Default 250. */
  readonly maxWaitMs?: number
  /** The broker aborts a transaction open for longer, ms. Default 60 000. */
  readonly transactionTimeoutMs?: number
}

export function kafkaLog(options: KafkaLogOptions): Log {
  return new KafkaLog(options)
}

class KafkaLog implements Log {
  readonly #options: KafkaLogOptions
  readonly #prefix: string
  readonly #questions: ReturnType<typeof openCluster>
  readonly #producer: KafkaProducer
  readonly #members = new Set<KafkaMember>()
  readonly #readers = new Set<Reader>()
  readonly #writers = new Set<TransactionalWriter>()
  readonly #said = new Map<string, number>()

  constructor(options: KafkaLogOptions) {
    this.#options = options
    this.#prefix = options.prefix ?? ''
    this.#questions = openCluster(options)
    this.#producer = new KafkaProducer(openCluster(options), this.#trouble)
  }

  produce(messages: readonly OutgoingMessage[], { timeoutMs = 30_000 } = {}): Promise<void> {
    return this.#producer.produce(this.#outgoing(messages), timeoutMs)
  }

  async transactional(id: string): Promise<TransactionalWriter> {
    const writer = await openWriter({
      cluster: openCluster(this.#options),
      id: this.#full(id),
      timeoutMs: this.#options.transactionTimeoutMs ?? 60_000,
      trouble: this.#trouble,
    })
    const prefixed: TransactionalWriter = {
      commit: async ({ messages, group, offsets: inputs }: Transaction) => {
        const written = await writer.commit({
          messages: this.#outgoing(messages),
          group: this.#full(group),
          offsets: this.#prefix === '' ? inputs : inputs.map((o) => ({ ...o, topic: this.#full(o.topic) })),
        })
        return written.map((o) => ({ ...o, topic: this.#bare(o.topic) }))
      },
      close: async () => {
        this.#writers.delete(prefixed)
        await writer.close()
      },
    }
    this.#writers.add(prefixed)
    return prefixed
  }

  async join(join: JoinOptions): Promise<GroupMember> {
    for (const topic of join.topics) await this.partitions(topic)
    const member = new KafkaMember({
      cluster: openCluster(this.#options),
      join,
      group: this.#full(join.group),
      full: this.#full,
      bare: this.#bare,
      committed: (topic) => this.committed(join.group, topic),
      beginnings: (topic) => this.beginnings(topic),
      previous: this.#previousMembers(join.group),
      onMemberId: (id) => this.#rememberMember(join.group, id),
      maxWaitMs: this.#options.maxWaitMs ?? 250,
      onTrouble: this.#trouble,
    })
    this.#members.add(member)
    member.start()
    return member
  }

  read(read: ReadOptions): Reader {
    const topic = this.#full(read.topic)
    const cluster = openCluster(this.#options)
    const bareTopic = read.topic
    const reader = kafkaReader({
      cluster,
      read: {
        ...read,
        topic,
        onMessages: (partition, messages) =>
          read.onMessages(
            partition,
            topic === bareTopic ? messages : messages.map((message) => ({ ...message, topic: bareTopic })),
          ),
      },
      ends: () => offsets(cluster, topic, 'committed end'),
      maxWaitMs: this.#options.maxWaitMs ?? 250,
      onTrouble: this.#trouble,
    })
    this.#readers.add(reader)
    const forget = () => this.#readers.delete(reader)
    reader.done.then(forget, forget)
    return reader
  }

  partitions(topic: string): Promise<number> {
    return partitionCount(this.#questions, this.#full(topic))
  }
  ends(topic: string): Promise<readonly number[]> {
    return offsets(this.#questions, this.#full(topic), 'committed end')
  }
  beginnings(topic: string): Promise<readonly number[]> {
    return offsets(this.#questions, this.#full(topic), 'beginning')
  }
  committed(group: string, topic: string): Promise<readonly number[]> {
    return committedOffsets(this.#questions, this.#full(group), this.#full(topic))
  }
  offsetsAt(topic: string, time: number): Promise<readonly number[]> {
    return offsets(this.#questions, this.#full(topic), { time })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.leave()))
    await Promise.allSettled([...this.#readers].map((reader) => reader.stop()))
    await Promise.all([...this.#writers].map((writer) => writer.close()))
    await this.#producer.close()
    await this.#questions.disconnect()
  }

  /** For tests: everything of this log ends without a word to the brokers, as when its process is killed. */
  async sever(): Promise<void> {
    for (const member of this.#members) member.sever()
    const ends = [...this.#writers, ...[...this.#readers].map((reader) => ({ close: () => reader.stop() }))]
    await Promise.allSettled(ends.map((end) => end.close()))
    await Promise.allSettled([this.#producer.close(), this.#questions.disconnect()])
  }

  readonly #full = (name: string): string => this.#prefix + name
  readonly #bare = (name: string): string => name.slice(this.#prefix.length)
  /** An outage is said once in a while, not at every attempt. */
  readonly #trouble = (message: string, error: unknown): void => {
    const now = Date.now()
    if (now - (this.#said.get(message) ?? 0) < 10_000) return
    this.#said.set(message, now)
    const fields = error instanceof Error ? { error: error.message } : {}
    this.#options.onLog?.({ level: 'warn', message: `kafka: ${message}`, fields })
  }

  #outgoing(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
    return this.#prefix === '' ? messages : messages.map((m) => ({ ...m, topic: this.#full(m.topic) }))
  }

  #memberFile(group: string): string | undefined {
    const { directory } = this.#options
    return directory === undefined ? undefined : joinPath(directory, `${this.#full(group)}.member`)
  }
  #previousMembers(group: string): readonly string[] {
    const file = this.#memberFile(group)
    try {
      return file === undefined ? [] : readFileSync(file, 'utf8').split('\n').filter(Boolean)
    } catch {
      return []
    }
  }
  #rememberMember(group: string, id: string): void {
    const file = this.#memberFile(group)
    if (file === undefined) return
    mkdirSync(this.#options.directory as string, { recursive: true })
    writeFileSync(file, `${id}\n`)
  }
}
