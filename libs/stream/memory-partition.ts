/**
 * One partition in memory, with the offsets of a real one: transactions leave a marker that takes an offset, aborted
 * messages keep theirs, compaction leaves holes, and committed readers stop before the first open transaction.
 */
import type { OutgoingMessage, StoredMessage } from './log.ts'

type State = 'plain' | 'marker' | MemoryTransaction
export interface MemoryTransaction {
  outcome: 'open' | 'committed' | 'aborted'
}
interface Entry {
  readonly offset: number
  readonly message: StoredMessage | null
  readonly state: State
}

export class MemoryPartition {
  #entries: Entry[] = []
  #next = 0
  #begin = 0
  #waiting: (() => void)[] = []

  append(message: OutgoingMessage, timestamp: number, transaction?: MemoryTransaction): number {
    const { topic, partition, key, value, headers = {} } = message
    const offset = this.#next++
    const stored = { topic, partition, offset, key, value, headers: { ...headers }, timestamp }
    this.#entries.push({ offset, message: stored, state: transaction ?? 'plain' })
    if (transaction === undefined) this.wake()
    return offset
  }

  /** The control record that ends a transaction. */
  mark(): void {
    this.#entries.push({ offset: this.#next++, message: null, state: 'marker' })
    this.wake()
  }

  /** Offset after the last message a committed reader may see: the last stable offset. */
  end(): number {
    return (
      this.#entries.find(({ state }) => typeof state === 'object' && state.outcome === 'open')?.offset ?? this.#next
    )
  }

  beginning(): number {
    return this.#begin
  }

  /** Up to `max` committed messages from `offset`, and the offset to go on from. */
  read(offset: number, max: number, end = this.end()): { readonly messages: StoredMessage[]; readonly next: number } {
    const messages: StoredMessage[] = []
    let index = this.#lowerBound(offset)
    for (; index < this.#entries.length && messages.length < max; index++) {
      const entry = this.#entries[index] as Entry
      if (entry.offset >= end) break
      const visible =
        entry.state === 'plain' || (typeof entry.state === 'object' && entry.state.outcome === 'committed')
      if (visible && entry.message !== null) messages.push(entry.message)
    }
    const next = this.#entries[index]
    return { messages, next: next !== undefined && next.offset < end ? next.offset : Math.max(end, offset) }
  }

  offsetAt(time: number): number {
    return this.#entries.find(({ message }) => message !== null && message.timestamp >= time)?.offset ?? this.#next
  }

  /** Log compaction: only the last message of each key stays; `tombstones` goes further and forgets those too. */
  compact(options: { readonly tombstones?: boolean } = {}): void {
    const last = new Map<string, number>()
    const end = this.end()
    for (const { message, offset, state } of this.#entries) {
      const aborted = typeof state === 'object' && state.outcome === 'aborted'
      if (message !== null && !aborted && offset < end) last.set(message.key, offset)
    }
    this.#entries = this.#entries.filter(({ message, offset }) => {
      if (offset >= end || message === null) return true
      return last.get(message.key) === offset && !(options.tombstones && message.value === null)
    })
  }

  /** Retention: everything before `offset` is gone. */
  trim(offset: number): void {
    this.#begin = Math.max(this.#begin, offset)
    this.#entries = this.#entries.filter((entry) => entry.offset >= offset)
  }

  /** Resolves at the next change that may let a reader go on. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #lowerBound(offset: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle] as Entry).offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
