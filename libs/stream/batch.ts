/** What one transaction of a task collects: encoded outputs (shown by the output tables at once) and input positions. */
import type { TopicName } from '@attio-stream/contracts'
import { TOPICS } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import type { OutgoingMessage, TopicPartitionOffset } from './log.ts'
import { partitionOf } from './partition.ts'
import type { Output } from './stage.ts'
import type { DiskTable } from './table.ts'

export interface BatchContext {
  readonly stage: string
  readonly partition: number
  readonly codec: Codec
  /** Partition counts of the topics there are. */
  readonly counts: ReadonlyMap<TopicName, number>
  readonly outputTables: readonly DiskTable[]
}
const MOST_OUTPUTS = 2_000
const MOST_BYTES = 5 * 1024 * 1024

export class Batch {
  readonly offsets = new Map<TopicName, number>()
  inputs = 0
  #messages: OutgoingMessage[] = []
  #bytes = 0
  readonly #context: BatchContext

  constructor(context: BatchContext) {
    this.#context = context
  }

  emit(outputs: readonly Output[]): void {
    const { stage, partition: own, codec, counts, outputTables } = this.#context
    for (const { topic, key, value, headers, localOnly } of outputs) {
      const count = counts.get(topic)
      if (count === undefined) throw new TypeError(`${stage} writes to ${topic}, and there is no such topic`)
      const bytes = value === null ? null : codec.encode(topic, value)
      const partition = partitionOf(TOPICS[topic], key, count)
      if (localOnly !== true)
        this.#messages.push(
          headers === undefined
            ? { topic, partition, key, value: bytes }
            : { topic, partition, key, value: bytes, headers },
        )
      this.#bytes += (bytes?.length ?? 0) + key.length + 70
      for (const table of outputTables) {
        if (table.spec.topic !== topic) continue
        if (partition !== own) {
          throw new TypeError(`${stage} keeps a table of ${topic} and writes a key of another partition to it`)
        }
        table.put({ key, value: bytes, headers, partition, offset: -1 })
      }
    }
  }

  get full(): boolean {
    return this.#messages.length >= MOST_OUTPUTS || this.#bytes >= MOST_BYTES
  }
  get empty(): boolean {
    return this.#messages.length === 0 && this.offsets.size === 0
  }

  /** Hands out the outputs collected so far. */
  takeMessages(): readonly OutgoingMessage[] {
    const messages = this.#messages
    this.#messages = []
    this.#bytes = 0
    return messages
  }

  takeOffsets(): readonly TopicPartitionOffset[] {
    const offsets = [...this.offsets].map(([topic, offset]) => ({ topic, partition: this.#context.partition, offset }))
    this.offsets.clear()
    return offsets
  }
}
