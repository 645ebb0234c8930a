/**
 * PORT Log: an ordered, partitioned, durable log with consumer groups and transactions. Two adapters: Kafka (kafkajs) and
 * memory; both pass log.conformance.ts. Keys and headers are text, values are bytes; what the bytes mean is codec.ts.
 */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}
export interface TopicPartitionOffset extends TopicPartition {
  /** Of the next message to read. */
  readonly offset: number
}

export interface StoredMessage extends TopicPartition {
  readonly offset: number
  readonly key: string
  /** null: tombstone */
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
  /** ms since epoch, set by the producer */
  readonly timestamp: number
}

export interface OutgoingMessage extends TopicPartition {
  readonly key: string
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface GroupHandler {
  /**
   * These partitions are this member's now. Nothing of them is delivered before the promise resolves. Offsets returned
   * are where reading starts; for partitions not named: the committed offset, else the beginning.
   */
  assigned(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]>
  /** Stop working on them: another member may already own them. `lost`: it surely may, nothing can be committed any more. */
  revoked(partitions: readonly TopicPartition[], lost: boolean): Promise<void>
  /**
   * Committed messages in offset order, never empty. The partition's next batch waits for the promise: that is the
   * back-pressure. A rejection fails the member for good.
   */
  messages(topic: string, partition: number, messages: readonly StoredMessage[]): Promise<void>
}

export interface GroupMember {
  /** Commits outside a transaction. Throws when the member no longer owns them. */
  commit(offsets: readonly TopicPartitionOffset[]): Promise<void>
  /** Leaves cleanly after running handlers have returned; `revoked` is called for all partitions. */
  leave(): Promise<void>
  /** Rejects when the member failed for good (it reconnects by itself from everything that may heal). */
  readonly failed: Promise<never>
}

export interface JoinOptions {
  readonly group: string
  readonly topics: readonly string[]
  /** Partitions of the same number of all topics go to the same member, and stay there when members come and go. */
  readonly coPartitioned: boolean
  readonly handler: GroupHandler
  /** A member silent for this long loses its partitions, ms. Default 10 000. */
  readonly sessionTimeoutMs?: number
}

export interface ReadOptions {
  readonly topic: string
  /** Where to start, per partition; partitions not named are not read. */
  readonly from: ReadonlyMap<number, number>
  /** `end`: stops at the last committed message that existed at the start; `follow`: goes on until stopped. */
  readonly until: 'end' | 'follow'
  readonly onMessages: (partition: number, messages: readonly StoredMessage[]) => Promise<void> | void
  readonly signal?: AbortSignal
}
export interface Reader {
  /** Resolves when everything that was in the topic at the start has been handed over. */
  readonly caughtUp: Promise<void>
  /** Resolves when everything before these offsets, by partition, has been handed over; never, when it ends before. */
  reached(ends: readonly number[]): Promise<void>
  /** Resolves when reading ended (`end`) or was stopped; rejects when it failed for good. */
  readonly done: Promise<void>
  stop(): Promise<void>
}

export interface Transaction {
  readonly messages: readonly OutgoingMessage[]
  /** Input offsets that become committed with the messages, or not at all. */
  readonly group: string
  readonly offsets: readonly TopicPartitionOffset[]
}
export interface TransactionalWriter {
  /**
   * All or nothing. When it resolves it is decided; readers see it a moment later (the next holder of the id always does).
   * Gives the offset after the last message per partition. Throws FencedError when a newer writer of this id exists. After
   * any other error the writer is spent: close it and open a new one, which knows the outcome.
   */
  commit(transaction: Transaction): Promise<readonly TopicPartitionOffset[]>
  close(): Promise<void>
}

export interface Log {
  /** Resolves when all in-sync replicas have the messages; throws LogUnavailable after `timeoutMs` (default 30 000). */
  produce(messages: readonly OutgoingMessage[], options?: { readonly timeoutMs?: number }): Promise<void>
  /** The writer of this id; fences every earlier holder and ends its open transaction before it resolves. */
  transactional(id: string): Promise<TransactionalWriter>
  join(options: JoinOptions): Promise<GroupMember>
  /** Reads committed messages without a group. */
  read(options: ReadOptions): Reader
  partitions(topic: string): Promise<number>
  /** Offset after the last committed message, per partition, index = partition. */
  ends(topic: string): Promise<readonly number[]>
  /** Offset of the first message still kept, per partition. */
  beginnings(topic: string): Promise<readonly number[]>
  /** Committed offsets of a group, -1 where none, index = partition. */
  committed(group: string, topic: string): Promise<readonly number[]>
  /** First offset whose timestamp is at or after `time` (ms), per partition; the end where none. */
  offsetsAt(topic: string, time: number): Promise<readonly number[]>
  close(): Promise<void>
}
