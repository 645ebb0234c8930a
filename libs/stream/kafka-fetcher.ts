/**
 * Fetches partitions ahead of their readers: each has a lane with a bounded queue, and only lanes with room are asked for, so
 * a slow reader holds up nobody and memory stays bounded. Delivery is the reader's; offsets never go back by themselves.
 */
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { isFatal, type KafkaCluster, refresh, request } from './kafka-client.ts'
import { type FetchedRecords, fetchRequest } from './kafka-fetch-request.ts'
import type { StoredMessage, TopicPartition } from './log.ts'
import { decodeBatches } from './record-batch.ts'
import { backoffMs, sleep } from './retry.ts'

export interface FetcherOptions {
  readonly cluster: KafkaCluster
  /** Bytes a lane may hold before it is left out of fetches; one answer may exceed it. */
  readonly laneBytes: number
  readonly maxBytes: number
  readonly maxBytesPerPartition: number
  readonly maxWaitMs: number
  readonly onTrouble: (message: string, error: unknown) => void
  readonly onFatal: (error: unknown) => void
}
interface Chunk {
  readonly messages: readonly StoredMessage[]
  readonly bytes: number
  /** Offset after it. */
  readonly next: number
}

/** One partition being read. */
export class Lane {
  readonly topic: string
  readonly partition: number
  /** Of the next fetch. */
  offset: number
  /** Where an `end` reader stops; a lane there is not fetched any more. */
  readonly until: number
  live = true
  /** An answer was empty though there should be more: ask for this lane alone, to be sure it was not crowded out. */
  doubtful = false
  queuedBytes = 0
  /** Told the offset up to which everything was handed over. */
  onAdvance: ((offset: number) => void) | undefined
  #next = 0
  readonly #queue: Chunk[] = []
  #arrived = Promise.withResolvers<void>()

  constructor(of: TopicPartition, offset: number, until = Number.POSITIVE_INFINITY) {
    this.topic = of.topic
    this.partition = of.partition
    this.offset = offset
    this.until = until
  }

  get exhausted(): boolean {
    return this.offset >= this.until && this.#queue.length === 0
  }

  push(chunk: Chunk): void {
    if (chunk.messages.length > 0 || this.#queue.length > 0) {
      this.#queue.push(chunk)
      this.queuedBytes += chunk.bytes
    } else this.#next = chunk.next
    this.wake()
  }

  wake(): void {
    this.#arrived.resolve()
    this.#arrived = Promise.withResolvers()
  }

  /** The next messages; waits for them. undefined when the lane ended. */
  async take(): Promise<readonly StoredMessage[] | undefined> {
    while (this.live) {
      const chunk = this.#queue.shift()
      if (chunk !== undefined) {
        this.queuedBytes -= chunk.bytes
        this.#next = chunk.next
        if (chunk.messages.length > 0) return chunk.messages
        continue
      }
      this.handed()
      if (this.exhausted) return undefined
      await this.#arrived.promise
    }
    return undefined
  }

  /** The messages taken last are dealt with. */
  handed(): void {
    if (this.#queue.length === 0) this.#next = Math.max(this.#next, this.offset)
    this.onAdvance?.(this.#next)
  }

  end(): void {
    this.live = false
    this.#queue.length = 0
    this.wake()
  }
}

const OFFSET_OUT_OF_RANGE = 1

export class Fetcher {
  readonly #options: FetcherOptions
  readonly #lanes = new Set<Lane>()
  readonly #busy = new Set<number>()
  readonly #aborted = new AbortController()
  #failures = 0
  #turn = 0

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  add(lane: Lane): void {
    this.#lanes.add(lane)
    this.wake()
  }

  remove(lane: Lane): void {
    lane.end()
    this.#lanes.delete(lane)
  }

  stop(): void {
    this.#aborted.abort(new Error('stopped'))
    for (const lane of this.#lanes) lane.end()
    this.#lanes.clear()
  }

  /** A lane was added, or has room again. */
  wake(): void {
    if (this.#aborted.signal.aborted) return
    for (const nodeId of new Set([...this.#wanted()].map((lane) => this.#leader(lane)))) {
      if (!this.#busy.has(nodeId)) this.#run(nodeId).catch(this.#options.onFatal)
    }
  }

  *#wanted(): Iterable<Lane> {
    for (const lane of this.#lanes) {
      if (lane.live && lane.offset < lane.until && lane.queuedBytes < this.#options.laneBytes) yield lane
    }
  }

  /** -1: not known, any broker finds out. */
  #leader({ topic, partition }: Lane): number {
    try {
      const metadata = this.#options.cluster.findTopicPartitionMetadata(topic)
      return metadata.find(({ partitionId }) => partitionId === partition)?.leader ?? -1
    } catch {
      return -1
    }
  }

  async #run(nodeId: number): Promise<void> {
    this.#busy.add(nodeId)
    try {
      while (!this.#aborted.signal.aborted) {
        const wanted = [...this.#wanted()].filter((lane) => this.#leader(lane) === nodeId)
        if (wanted.length === 0) return
        await this.#once(nodeId, wanted)
      }
    } finally {
      this.#busy.delete(nodeId)
      // A leader may have moved meanwhile: whoever is wanted now has a loop.
      queueMicrotask(() => this.wake())
    }
  }

  async #once(nodeId: number, wanted: readonly Lane[]): Promise<void> {
    const { cluster } = this.#options
    try {
      if (nodeId === -1) {
        throw new Error(`There is no leader for partition ${wanted[0]?.partition} of ${wanted[0]?.topic}.`)
      }
      const doubtful = wanted.find((lane) => lane.doubtful)
      const first = this.#turn++ % wanted.length
      const asked = doubtful ? [doubtful] : [...wanted.slice(first), ...wanted.slice(0, first)]
      const { maxBytes, maxBytesPerPartition, maxWaitMs } = this.#options
      await cluster.refreshMetadataIfNecessary()
      const broker = await cluster.findBroker({ nodeId })
      const partitions = asked.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
      const answer = await request(broker, fetchRequest({ partitions, maxBytes, maxBytesPerPartition, maxWaitMs }))
      const byName = new Map(asked.map((lane) => [`${lane.topic}/${lane.partition}`, lane]))
      for (const fetched of answer) {
        const lane = byName.get(`${fetched.topic}/${fetched.partition}`)
        if (lane?.live) this.#accept(lane, fetched)
      }
      this.#failures = 0
    } catch (error) {
      if (this.#aborted.signal.aborted) return
      if (isFatal(error)) throw error
      if (this.#failures++ > 0) this.#options.onTrouble('fetching failed, trying again', error)
      await sleep(backoffMs(this.#failures, { firstMs: 20, maxMs: 1_000 }), this.#aborted.signal).catch(() => {})
      if (!this.#aborted.signal.aborted) await refresh(cluster, error)
    }
  }

  #accept(lane: Lane, fetched: FetchedRecords): void {
    const { topic, partition, records, aborted, errorCode, logStartOffset, lastStableOffset } = fetched
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      const message = `offset ${lane.offset} of ${topic}/${partition} is gone, going on at the oldest`
      this.#options.onTrouble(message, undefined)
      lane.offset = Math.max(0, logStartOffset)
      lane.wake()
      return
    }
    if (errorCode !== 0) throw protocolErrors.createErrorFromCode(errorCode)
    const { messages, next } = decodeBatches({ topic, partition, records, aborted, from: lane.offset })
    if (next > lane.offset) {
      lane.doubtful = false
      lane.offset = next
      const wanted = next > lane.until ? messages.filter(({ offset }) => offset < lane.until) : messages
      lane.push({ messages: wanted, bytes: records.length, next })
    } else if (lane.offset < lane.until && lane.until <= lastStableOffset && records.length === 0) {
      // Compaction may leave nothing at all between here and the end.
      if (lane.doubtful) lane.offset = lane.until
      lane.doubtful = !lane.doubtful
      lane.wake()
    }
  }
}
