/**
 * What one transaction of a task collects: encoded outputs (shown by the output tables at once), dead letters and input
 * positions. Letters go with the positions only, so that none is written twice when work before them is repeated (R12).
 */
import type { TopicName } from '@attio-stream/contracts'
import { TOPICS } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import { type Burial, DEAD_LETTERS, deadLetter, letterMessage } from './dead-letter.ts'
import { type Fault, Poison } from './errors.ts'
import type { OutgoingMessage, TopicPartitionOffset } from './log.ts'
import { fits } from './message-limit.ts'
import { partitionOf } from './partition.ts'
import type { Output } from './stage.ts'
import type { DiskTable } from './table.ts'

/** What is in one transaction at most; one input's outputs, or one slice of owed work, may exceed it. */
export interface TransactionLimits {
  readonly outputs: number
  readonly bytes: number
}
export const TRANSACTION_LIMITS: TransactionLimits = { outputs: 2_000, bytes: 5 * 1024 * 1024 }

export interface BatchContext {
  readonly stage: string
  readonly partition: number
  readonly codec: Codec
  /** Partition counts of the topics there are. */
  readonly counts: ReadonlyMap<TopicName, number>
  readonly outputTables: readonly DiskTable[]
  readonly limits: TransactionLimits
}

interface Encoded {
  readonly topic: TopicName
  readonly key: string
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly localOnly: boolean
}
export interface BuriedInput {
  readonly topic: TopicName
  readonly fault: Fault
  readonly reason: string
}

export class Batch {
  readonly offsets = new Map<TopicName, number>()
  inputs = 0
  /** What the breaker looks at: inputs that are not only read again, and those of them that are buried. */
  seen = 0
  readonly buried: BuriedInput[] = []
  #messages: OutgoingMessage[] = []
  #letters: OutgoingMessage[] = []
  #bytes = 0
  readonly #context: BatchContext

  constructor(context: BatchContext) {
    this.#context = context
  }

  /** What one input leads to, all of it or nothing. @throws Poison when a message of it would be larger than may be. */
  emit(outputs: readonly Output[]): void {
    const encoded = outputs.map((output) => this.#encode(output))
    for (const one of encoded) if (!this.#fits(one)) throw new Poison(tooLarge(one), { fault: 'too-large' })
    for (const one of encoded) this.#put(one)
  }

  /** Outputs of no single input: one that is too large becomes a dead letter of itself, the others go on. */
  emitOwed(outputs: readonly Output[], now: number): void {
    for (const output of outputs) {
      const one = this.#encode(output)
      if (this.#fits(one)) {
        this.#put(one)
        continue
      }
      const { topic, key, value, headers } = one
      const buried = { topic, partition: this.#partitionOf(one), offset: null, key, value, headers: headers ?? {} }
      this.seen++
      this.bury(topic, { reason: tooLarge(one), fault: 'too-large', buried, now })
    }
  }

  /** `topic`: whose message it is. */
  bury(topic: TopicName, burial: Omit<Burial, 'stage'>): void {
    const { stage, codec, counts } = this.#context
    const letter = deadLetter({ ...burial, stage })
    const message = letterMessage(letter, codec.encode(DEAD_LETTERS, letter.value), counts.get(DEAD_LETTERS) ?? 0)
    this.#count(DEAD_LETTERS)
    this.#letters.push(message)
    this.#bytes += message.value?.length ?? 0
    this.buried.push({ topic, fault: burial.fault, reason: burial.reason })
  }

  get full(): boolean {
    const { outputs, bytes } = this.#context.limits
    return this.#messages.length >= outputs || this.#bytes >= bytes
  }

  /** Hands out the outputs collected so far, without the letters. */
  takeMessages(): readonly OutgoingMessage[] {
    const messages = this.#messages
    this.#messages = []
    this.#bytes = this.#letters.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
    return messages
  }

  /** For the transaction that commits the offsets. */
  takeLetters(): readonly OutgoingMessage[] {
    return this.#letters.splice(0)
  }

  takeOffsets(): readonly TopicPartitionOffset[] {
    const offsets = [...this.offsets].map(([topic, offset]) => ({ topic, partition: this.#context.partition, offset }))
    this.offsets.clear()
    return offsets
  }

  #encode({ topic, key, value, headers, localOnly }: Output): Encoded {
    const bytes = value === null ? null : this.#context.codec.encode(topic, value)
    return { topic, key, value: bytes, headers, localOnly: localOnly === true }
  }

  #fits({ topic, key, value, localOnly }: Encoded): boolean {
    return localOnly || fits(topic, { key, value })
  }

  #put(output: Encoded): void {
    const { stage, partition: own, outputTables } = this.#context
    const { topic, key, value, headers, localOnly } = output
    const partition = this.#partitionOf(output)
    if (!localOnly)
      this.#messages.push(
        headers === undefined ? { topic, partition, key, value } : { topic, partition, key, value, headers },
      )
    this.#bytes += (value?.length ?? 0) + key.length + 70
    for (const table of outputTables) {
      if (table.spec.topic !== topic) continue
      if (partition !== own) {
        throw new TypeError(`${stage} keeps a table of ${topic} and writes a key of another partition to it`)
      }
      table.put({ key, value, headers, partition, offset: -1 })
    }
  }

  #partitionOf({ topic, key }: Pick<Encoded, 'topic' | 'key'>): number {
    return partitionOf(TOPICS[topic], key, this.#count(topic))
  }

  #count(topic: TopicName): number {
    const count = this.#context.counts.get(topic)
    if (count === undefined)
      throw new TypeError(`${this.#context.stage} writes to ${topic}, and there is no such topic`)
    return count
  }
}

const tooLarge = ({ topic, value }: Encoded): string =>
  `What follows for ${topic} takes ${value?.length ?? 0} bytes, more than a message of it may.`
