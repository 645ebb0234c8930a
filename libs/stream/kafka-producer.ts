/**
 * The idempotent producer: concurrent calls are merged into batches, one request per broker under way, every batch
 * acknowledged by all in-sync replicas. A call that outlives its deadline throws LogUnavailable; it may have been written.
 */
import { LogUnavailable } from './errors.ts'
import { errorType, isFatal, type KafkaCluster, refresh } from './kafka-client.ts'
import { type Batch, type EncodedBatch, rounds, send } from './kafka-send.ts'
import type { OutgoingMessage } from './log.ts'
import { encodeBatch, type ProducerState } from './record-batch.ts'
import { backoffMs, sleep } from './retry.ts'

interface Call {
  readonly messages: readonly OutgoingMessage[]
  readonly deadline: number
  readonly settled: PromiseWithResolvers<void>
  open: number
}
interface Sending extends Batch {
  readonly calls: readonly Call[]
  encoded?: EncodedBatch | undefined
}
const MOST_BYTES = 8 * 1024 * 1024
const MOST_MESSAGES = 20_000

export class KafkaProducer {
  readonly #cluster: KafkaCluster
  readonly #trouble: (message: string, error: unknown) => void
  #waiting: Call[] = []
  #running: Promise<void> | undefined
  #state: ProducerState | undefined
  #sequences = new Map<string, number>()
  #closed = false

  constructor(cluster: KafkaCluster, trouble: (message: string, error: unknown) => void) {
    this.#cluster = cluster
    this.#trouble = trouble
  }

  produce(messages: readonly OutgoingMessage[], timeoutMs: number): Promise<void> {
    if (this.#closed) return Promise.reject(new LogUnavailable('The producer is closed.'))
    if (messages.length === 0) return Promise.resolve()
    const call = { messages, deadline: Date.now() + timeoutMs, settled: Promise.withResolvers<void>(), open: 0 }
    this.#waiting.push(call)
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    // The deadline also holds while an earlier batch is stuck.
    const timer = setTimeout(() => {
      call.settled.reject(new LogUnavailable(`The brokers did not acknowledge ${messages.length} messages in time.`))
    }, timeoutMs)
    return call.settled.promise.finally(() => clearTimeout(timer))
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#cluster.disconnect()
  }

  async #run(): Promise<void> {
    // Everything that is said in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      let bytes = 0
      let count = 0
      const calls: Call[] = []
      while (this.#waiting.length > 0 && bytes < MOST_BYTES && count < MOST_MESSAGES) {
        const call = this.#waiting.shift() as Call
        calls.push(call)
        count += call.messages.length
        for (const { value } of call.messages) bytes += value?.length ?? 0
      }
      const owner = new Map<OutgoingMessage, Call>()
      for (const call of calls) for (const message of call.messages) owner.set(message, call)
      for (const round of rounds(calls.flatMap(({ messages }) => messages))) {
        const sending = round.map((batch) => {
          const of = new Set(batch.messages.map((message) => owner.get(message) as Call))
          for (const call of of) call.open++
          return { ...batch, calls: [...of] }
        })
        for (const call of calls) call.open++
        await this.#deliver(sending)
        for (const call of calls) call.open--
      }
      for (const call of calls) call.settled.resolve()
    }
  }

  async #deliver(sending: readonly Sending[]): Promise<void> {
    let left: readonly Sending[] = sending
    for (let attempt = 0; left.length > 0; attempt++) {
      left = left.filter((batch) => this.#inTime(batch))
      if (left.length === 0) return
      try {
        left = await this.#attempt(left)
      } catch (error) {
        if (isFatal(error)) {
          for (const batch of left) this.#reject(batch, error)
          return
        }
        await this.#heal(attempt, error)
        continue
      }
      if (left.length > 0) await this.#heal(attempt, undefined)
    }
  }

  async #attempt(left: readonly Sending[]): Promise<readonly Sending[]> {
    await this.#cluster.connect()
    await this.#cluster.addMultipleTargetTopics([...new Set(left.map(({ topic }) => topic))])
    await this.#cluster.refreshMetadataIfNecessary()
    const producer = await this.#producer()
    const encoded = left.map((batch) => {
      const name = `${batch.topic}/${batch.partition}`
      const sequence = this.#sequences.get(name) ?? 0
      batch.encoded ??= { ...batch, bytes: encodeBatch(batch.messages, { producer, sequence, timestamp: Date.now() }) }
      return batch.encoded
    })
    const outcomes = await send(this.#cluster, encoded, null)
    const again: Sending[] = []
    for (const [index, batch] of left.entries()) {
      const error = outcomes.get(encoded[index] as EncodedBatch)
      const written = typeof error === 'number'
      const name = `${batch.topic}/${batch.partition}`
      if (written || errorType(error) === 'DUPLICATE_SEQUENCE_NUMBER') {
        const sequence = ((this.#sequences.get(name) ?? 0) + batch.messages.length) % 2 ** 31
        this.#sequences.set(name, sequence)
      } else if (isFatal(error)) this.#reject(batch, error)
      else {
        if (LOST.has(errorType(error))) this.#forget(left)
        again.push(batch)
      }
    }
    return again
  }

  async #producer(): Promise<ProducerState> {
    if (this.#state !== undefined) return this.#state
    const broker = await this.#cluster.findControllerBroker()
    const answer = await broker.initProducerId({ transactionalId: undefined, transactionTimeout: 30_000 })
    this.#sequences = new Map()
    this.#state = { ...answer, transactional: false }
    return this.#state
  }

  /** The broker no longer knows what we sent last: a new identity, new sequences. */
  #forget(left: readonly Sending[]): void {
    this.#state = undefined
    for (const batch of left) batch.encoded = undefined
  }

  #inTime(batch: Sending): boolean {
    if (batch.calls.some(({ deadline }) => deadline > Date.now())) return true
    const error = `The brokers did not acknowledge messages for ${batch.topic}/${batch.partition} in time.`
    this.#reject(batch, new LogUnavailable(error))
    return false
  }

  #reject(batch: Sending, error: unknown): void {
    for (const call of batch.calls) call.settled.reject(error)
    // Whether it was written is not known, so its sequence numbers are not either.
    this.#state = undefined
  }

  async #heal(attempt: number, error: unknown): Promise<void> {
    if (attempt > 0) this.#trouble('producing failed, trying again', error)
    await sleep(backoffMs(attempt, { firstMs: 20, maxMs: 1_000 }))
    await refresh(this.#cluster, error ?? new Error('a leader moved'))
  }
}

const LOST = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])
