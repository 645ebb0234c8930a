/**
 * The transactional writer: one transaction at a time, its outcome always known. After any failure the writer is spent,
 * because only a new one (which the owner of the partition may open) knows the sequence numbers again.
 */
import { FencedError, LogUnavailable } from './errors.ts'
import type { KafkaBroker } from './kafka-broker.ts'
import { errorType, isFatal, isFenced, type KafkaCluster, refresh } from './kafka-client.ts'
import { rounds, send } from './kafka-send.ts'
import type { TopicPartitionOffset, Transaction, TransactionalWriter } from './log.ts'
import { encodeBatch } from './record-batch.ts'
import { backoffMs, sleep } from './retry.ts'

export interface KafkaTransactionOptions {
  readonly cluster: KafkaCluster
  readonly id: string
  /** The broker aborts a transaction open for longer, ms. */
  readonly timeoutMs: number
  readonly trouble: (message: string, error: unknown) => void
}

/** The broker is still finishing the last transaction: it takes a few ms. */
const BUSY = 'CONCURRENT_TRANSACTIONS'

export async function openWriter(options: KafkaTransactionOptions): Promise<TransactionalWriter> {
  const writer = new KafkaWriter(options)
  try {
    await writer.init()
  } catch (error) {
    await options.cluster.disconnect().catch(() => {})
    throw error
  }
  return writer
}

class KafkaWriter implements TransactionalWriter {
  readonly #options: KafkaTransactionOptions
  readonly #closing = new AbortController()
  #producerId = '-1'
  #producerEpoch = 0
  #sequences = new Map<string, number>()
  #coordinator: number | undefined
  #groupCoordinators = new Map<string, number>()
  #spent: unknown
  #fenced = false

  constructor(options: KafkaTransactionOptions) {
    this.#options = options
  }

  async init(): Promise<void> {
    const answer = await this.#patiently('init', Date.now() + 2 * this.#options.timeoutMs, async () => {
      const broker = await this.#transactionCoordinator()
      return broker.initProducerId({ transactionalId: this.#options.id, transactionTimeout: this.#options.timeoutMs })
    })
    this.#producerId = answer.producerId
    this.#producerEpoch = answer.producerEpoch
  }

  async commit(transaction: Transaction): Promise<readonly TopicPartitionOffset[]> {
    if (this.#fenced) throw new FencedError(this.#options.id)
    if (this.#spent !== undefined) {
      throw new LogUnavailable(`The writer ${this.#options.id} failed before and is spent.`, { cause: this.#spent })
    }
    const { messages, offsets } = transaction
    if (messages.length === 0 && offsets.length === 0) return []
    const written = new Map<string, TopicPartitionOffset>()
    const deadline = Date.now() + this.#options.timeoutMs
    try {
      if (messages.length > 0) await this.#addPartitions(transaction, deadline)
      // Both at once, and both waited for: nothing of this transaction may still be under way when it is aborted.
      const results = await Promise.allSettled([
        this.#send(transaction, deadline, written),
        this.#sendOffsets(transaction, deadline),
      ])
      for (const result of results) if (result.status === 'rejected') throw result.reason
    } catch (error) {
      this.#spent = error
      if (isFenced(error)) throw this.#fence(error)
      await this.#abort()
      throw isFatal(error) ? error : unavailable(this.#options.id, error)
    }
    try {
      await this.#end(true, Date.now() + 2 * this.#options.timeoutMs)
    } catch (error) {
      this.#spent = error
      if (isFenced(error)) throw this.#fence(error)
      throw unavailable(this.#options.id, error)
    }
    return [...written.values()]
  }

  async close(): Promise<void> {
    this.#spent ??= new Error('closed')
    this.#closing.abort(new Error('closed'))
    await this.#options.cluster.disconnect()
  }

  async #addPartitions({ messages }: Transaction, deadline: number): Promise<void> {
    const partitions = new Map<string, Set<number>>()
    for (const { topic, partition } of messages) {
      const some = partitions.get(topic) ?? new Set()
      partitions.set(topic, some.add(partition))
    }
    const topics = [...partitions].map(([topic, some]) => ({ topic, partitions: [...some] }))
    await this.#patiently('addPartitions', deadline, async () => {
      await (await this.#transactionCoordinator()).addPartitionsToTxn({ ...this.#identity(), topics })
    })
  }

  async #send({ messages }: Transaction, deadline: number, written: Map<string, TopicPartitionOffset>): Promise<void> {
    if (messages.length === 0) return
    const { cluster, id } = this.#options
    const producer = { ...this.#identity(), transactional: true }
    const timestamp = Date.now()
    for (const round of rounds(messages)) {
      let left = round.map((batch) => {
        const name = `${batch.topic}/${batch.partition}`
        const sequence = this.#sequences.get(name) ?? 0
        this.#sequences.set(name, (sequence + batch.messages.length) % 2 ** 31)
        return { ...batch, bytes: encodeBatch(batch.messages, { producer, sequence, timestamp }) }
      })
      await this.#patiently('produce', deadline, async () => {
        await cluster.addMultipleTargetTopics([...new Set(left.map(({ topic }) => topic))])
        const outcomes = await send(cluster, left, id)
        const failed: typeof left = []
        let failure: Error | undefined
        for (const batch of left) {
          const outcome = outcomes.get(batch)
          if (typeof outcome === 'number') {
            const { topic, partition } = batch
            written.set(`${topic}/${partition}`, { topic, partition, offset: outcome + batch.messages.length })
          } else if (errorType(outcome) !== 'DUPLICATE_SEQUENCE_NUMBER') {
            failed.push(batch)
            failure = outcome
          }
        }
        left = failed
        if (failure !== undefined) throw failure
      })
    }
  }

  async #sendOffsets({ group, offsets }: Transaction, deadline: number): Promise<void> {
    if (offsets.length === 0) return
    await this.#patiently('addOffsets', deadline, async () => {
      await (await this.#transactionCoordinator()).addOffsetsToTxn({ ...this.#identity(), groupId: group })
    })
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, some]) => ({
      topic,
      partitions: some.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    }))
    await this.#patiently('commitOffsets', deadline, async () => {
      await (await this.#groupCoordinator(group)).txnOffsetCommit({ ...this.#identity(), groupId: group, topics })
    })
  }

  /** Asked until the broker says what became of it: the same answer may be asked for again. */
  async #end(commit: boolean, deadline: number): Promise<void> {
    await this.#patiently(commit ? 'commit' : 'abort', deadline, async () => {
      await (await this.#transactionCoordinator()).endTxn({ ...this.#identity(), transactionResult: commit })
    })
  }

  /** Best effort: what is not aborted here is aborted by the next holder of the id, or by the broker in time. */
  async #abort(): Promise<void> {
    if (this.#closing.signal.aborted) return
    try {
      await this.#end(false, Date.now() + 2_000)
    } catch (error) {
      if (isFenced(error)) this.#fenced = true
      else if (errorType(error) !== 'INVALID_TXN_STATE') this.#options.trouble('aborting a transaction failed', error)
    }
  }

  async #patiently<T>(step: string, deadline: number, work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        const type = errorType(error)
        if (isFenced(error) || isFatal(error) || FINAL.has(type)) throw error
        if (Date.now() >= deadline || this.#closing.signal.aborted) throw error
        if (type === BUSY) {
          await sleep(attempt < 5 ? 1 : 5, this.#closing.signal)
          continue
        }
        this.#coordinator = undefined
        this.#groupCoordinators.clear()
        if (attempt > 1) this.#options.trouble(`transaction step ${step} failed, trying again`, error)
        await sleep(backoffMs(attempt, { firstMs: 20, maxMs: 1_000 }), this.#closing.signal)
        await refresh(this.#options.cluster, error)
      }
    }
  }

  async #transactionCoordinator(): Promise<KafkaBroker> {
    const { cluster, id } = this.#options
    if (this.#coordinator === undefined) {
      await cluster.connect()
      await cluster.refreshMetadataIfNecessary()
      const broker = await cluster.findGroupCoordinator({ groupId: id, coordinatorType: 1 })
      this.#coordinator = broker.nodeId
    }
    return cluster.findBroker({ nodeId: this.#coordinator })
  }

  async #groupCoordinator(group: string): Promise<KafkaBroker> {
    const { cluster } = this.#options
    const known = this.#groupCoordinators.get(group)
    if (known !== undefined) return cluster.findBroker({ nodeId: known })
    const broker = await cluster.findGroupCoordinator({ groupId: group })
    this.#groupCoordinators.set(group, broker.nodeId)
    return broker
  }

  #identity() {
    return {
      transactionalId: this.#options.id,
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
    }
  }

  #fence(cause: unknown): FencedError {
    this.#fenced = true
    return new FencedError(this.#options.id, { cause })
  }
}

/** Repeating cannot help within this transaction. */
const FINAL = new Set(['INVALID_TXN_STATE', 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID'])

function unavailable(id: string, cause: unknown): LogUnavailable {
  return new LogUnavailable(`A transaction of ${id} failed: ${cause instanceof Error ? cause.message : ''}`, { cause })
}
