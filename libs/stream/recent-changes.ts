/**
 * Which keys of the global tables changed lately, so that a takeover need not look at all there are. Bounded: of what was
 * forgotten it says so, and then all must be looked at.
 */
import type { TopicName } from '@attio-stream/contracts'

interface Change {
  readonly topic: TopicName
  readonly partition: number
  readonly key: string
  readonly offset: number
}
const MOST = 10_000

export class RecentChanges {
  readonly #most: number
  /** By `topic/partition`: every change from this offset on is known. */
  readonly #complete = new Map<string, number>()
  /** The last change of each key, oldest first. */
  readonly #changes = new Map<string, Change>()

  constructor(most = MOST) {
    this.#most = most
  }

  /** Changes of this partition are told from this offset on. */
  begin(topic: TopicName, partition: number, offset: number): void {
    this.#complete.set(`${topic}/${partition}`, offset)
  }

  /** In the order of offsets within a partition. */
  add(change: Change): void {
    const name = `${change.topic}/${change.key}`
    this.#changes.delete(name)
    this.#changes.set(name, change)
    if (this.#changes.size > this.#most) this.#forgetHalf()
  }

  /** Keys that changed at or after these positions (by `topic/partition`); undefined when some of them are forgotten. */
  since(topic: TopicName, positions: Readonly<Record<string, number>>): readonly string[] | undefined {
    for (const [name, offset] of this.#complete)
      if (name.startsWith(`${topic}/`) && (positions[name] ?? 0) < offset) return undefined
    return [...this.#changes.values()]
      .filter((change) => change.topic === topic && change.offset >= (positions[`${topic}/${change.partition}`] ?? 0))
      .map(({ key }) => key)
  }

  #forgetHalf(): void {
    let left = Math.ceil(this.#most / 2)
    for (const [name, { topic, partition, offset }] of this.#changes) {
      if (left-- <= 0) return
      this.#changes.delete(name)
      this.#complete.set(`${topic}/${partition}`, offset + 1)
    }
  }
}
