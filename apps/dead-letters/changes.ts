/**
 * Changes again: the same bytes into attio.changes. The fold's fence guards the states: what is older than what is known
 * loses. The topic itself is guarded here, because log compaction keeps the last message of a key: a change that something
 * newer has followed is not written at all, and if something newer comes in at that very moment it is written once more
 * behind ours, so that the last one is always the newest (whoever folds the topic again relies on it).
 */
import { type Change, TOPICS } from '@attio-stream/contracts'
import { type Codec, DecodeError, type LetterSource, partitionOf, readAt } from '@attio-stream/stream'
import { type Latest, latestOf, type Stood } from './latest.ts'
import type { LetterEntry } from './letters.ts'
import { type Again, type Redrive, refused, type Tried } from './redrive.ts'
import { stoodIn } from './stood.ts'

const TOPIC = 'attio.changes'
/** Each round ends a race with a change that came in just then; five in a row do not happen. */
const ROUNDS = 5

export class ChangeRedrive implements Redrive {
  readonly #source: LetterSource & { readonly codec: Codec }
  readonly #letters: readonly Stood[]
  #latest: Promise<(letter: Stood) => Latest> | undefined
  readonly #written = new Map<string, Stood>()

  constructor(source: LetterSource & { readonly codec: Codec }, letters: readonly LetterEntry[]) {
    this.#source = source
    this.#letters = stoodIn(letters, (topic) => topic === TOPIC)
  }

  async redrive({ letter, value, headers }: Again): Promise<Tried> {
    if (value === null) return refused('It is a tombstone, which forgets; write it again by erasing the workspace.')
    const { log } = this.#source
    const [stood] = stoodIn([{ ...letter, key: letter.key?.toString() ?? null }], () => true)
    if (stood === undefined) return refused('It does not say where it stood.')
    const change = await this.#decode(value)
    if (typeof change === 'string') return refused(change)
    this.#latest ??= latestOf(this.#letters, this.#source)
    const { last, forgotten, highest } = (await this.#latest)(stood)
    const newer = highest !== undefined && highest.fence >= change.fence && highest.offset !== stood.offset
    if (last === undefined || (forgotten ?? -1) > stood.offset || newer) return { kind: 'superseded' }
    const partition = partitionOf(TOPICS[TOPIC], stood.key, await log.partitions(TOPIC))
    await log.produce([{ topic: TOPIC, partition, key: stood.key, value, headers }])
    this.#written.set(stood.key, { ...stood, partition })
    return { kind: 'redriven' }
  }

  /** Nothing newer may stand before what was written. */
  async close(): Promise<void> {
    const { log, signal } = this.#source
    let written = [...this.#written.values()]
    for (let round = 0; written.length > 0 && round < ROUNDS; round++) {
      const latest = await latestOf(written, this.#source)
      const overtaken = written.filter((stood) => {
        const { highest, lastFence } = latest(stood)
        return highest !== undefined && (lastFence ?? Number.NEGATIVE_INFINITY) < highest.fence
      })
      for (const stood of overtaken) {
        const offset = latest(stood).highest?.offset ?? stood.offset
        const { partition, key } = stood
        const newest = await readAt(log, { topic: TOPIC, partition, offset }, signal)
        if (newest === undefined) continue
        await log.produce([{ topic: TOPIC, partition, key, value: newest.value, headers: newest.headers }])
      }
      written = overtaken
    }
  }

  async #decode(value: Buffer): Promise<Change | string> {
    const { codec } = this.#source
    await codec.prepare(TOPIC, [value])
    try {
      return codec.decode(TOPIC, value)
    } catch (error) {
      if (error instanceof DecodeError) return `It still cannot be read: ${error.reason}`
      throw error
    }
  }
}
