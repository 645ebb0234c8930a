/**
 * States again: messages of crm.records, crm.children, crm.attachments and crm.names that a reader could not read. Only
 * compact writes them, one task for each partition (R7), and they have no guard of their own. So we become that writer: its
 * transactional id fences compact for a moment, nobody can write meanwhile, and the message is written again only if it
 * still is the last of its key. compact takes the partition over again by itself and finds its table as the topic is.
 */
import { TOPICS, type TopicName } from '@attio-stream/contracts'
import {
  type Codec,
  DecodeError,
  FencedError,
  type LetterSource,
  partitionOf,
  type TransactionalWriter,
} from '@attio-stream/stream'
import { type Latest, latestOf, type Stood } from './latest.ts'
import type { LetterEntry } from './letters.ts'
import { type Again, type Redrive, refused, type Tried } from './redrive.ts'
import { stoodIn } from './stood.ts'

const WRITER = 'compact'
const STATES: ReadonlySet<string> = new Set(['crm.records', 'crm.children', 'crm.attachments', 'crm.names'])
/** compact takes its partition back after some seconds; then we begin again. */
const ATTEMPTS = 5

interface Tenure {
  readonly writer: TransactionalWriter
  readonly latest: ReadonlyMap<TopicName, (letter: Stood) => Latest>
}

export class StateRedrive implements Redrive {
  readonly #source: LetterSource & { readonly codec: Codec }
  readonly #letters: readonly Stood[]
  readonly #tenures = new Map<number, Tenure>()

  constructor(source: LetterSource & { readonly codec: Codec }, letters: readonly LetterEntry[]) {
    this.#source = source
    this.#letters = stoodIn(letters, (topic) => STATES.has(topic))
  }

  async redrive({ letter, value, headers }: Again): Promise<Tried> {
    const [stood] = stoodIn([{ ...letter, key: letter.key?.toString() ?? null }], () => true)
    if (stood === undefined) return refused('It does not say where it stood.')
    const unreadable = await this.#unreadable(stood.topic, value)
    if (unreadable !== undefined) return refused(unreadable)
    const { topic, partition, key } = stood
    const writerOf = await this.#writerOf(key)
    for (let attempt = 1; ; attempt++) {
      try {
        const { writer, latest } = await this.#tenure(writerOf)
        if (latest.get(topic)?.(stood).last !== stood.offset) return { kind: 'superseded' }
        await writer.commit({ messages: [{ topic, partition, key, value, headers }], group: WRITER, offsets: [] })
        return { kind: 'redriven' }
      } catch (error) {
        await this.#end(writerOf)
        if (!(error instanceof FencedError) || attempt >= ATTEMPTS) throw error
      }
    }
  }

  async close(): Promise<void> {
    for (const partition of [...this.#tenures.keys()]) await this.#end(partition)
  }

  /** What is last is looked at after everybody else is fenced. */
  async #tenure(partition: number): Promise<Tenure> {
    const known = this.#tenures.get(partition)
    if (known !== undefined) return known
    const writer = await this.#source.log.transactional(`${WRITER}-${partition}`)
    const mine: Stood[] = []
    for (const letter of this.#letters) if ((await this.#writerOf(letter.key)) === partition) mine.push(letter)
    const latest = new Map<TopicName, (letter: Stood) => Latest>()
    for (const [topic, some] of Map.groupBy(mine, (letter) => letter.topic))
      latest.set(topic, await latestOf(some, this.#source))
    const tenure = { writer, latest }
    this.#tenures.set(partition, tenure)
    return tenure
  }

  async #end(partition: number): Promise<void> {
    const tenure = this.#tenures.get(partition)
    this.#tenures.delete(partition)
    await tenure?.writer.close()
  }

  /** The task of compact that folds the thing: every key of these topics ends in its id. */
  async #writerOf(key: string): Promise<number> {
    const thing = key.slice(key.lastIndexOf('/') + 1)
    return partitionOf(TOPICS['attio.changes'], thing, await this.#source.log.partitions('attio.changes'))
  }

  async #unreadable(topic: TopicName, value: Buffer | null): Promise<string | undefined> {
    if (value === null) return undefined
    const { codec } = this.#source
    await codec.prepare(topic, [value])
    try {
      codec.decode(topic, value)
      return undefined
    } catch (error) {
      if (error instanceof DecodeError) return `It still cannot be read: ${error.reason}`
      throw error
    }
  }
}
