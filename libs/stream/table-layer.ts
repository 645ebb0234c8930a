/** Changes of one table that are not on disk yet, newest over older: found by key and by term. */
import type { Entry } from './table-entry.ts'

/** undefined: removed. */
export type Change = Entry | undefined

/** Terms looked through one by one before they are sorted in. */
const RECENT = 256
const NONE: readonly string[] = []

export class Layer {
  readonly changes = new Map<string, Change>()
  readonly #terms = new Map<string, Set<string>>()
  /** Terms in order; those not sorted in yet stand in `#recent`. */
  #sorted: string[] = []
  #recent: string[] = []

  set(key: string, change: Change): void {
    const before = this.changes.get(key)
    if (before) for (const term of before.terms) this.#drop(term, key)
    this.changes.set(key, change)
    if (change) for (const term of change.terms) this.#add(term, key)
  }

  /** Keys by term, in no order. Costs a binary search and a look at the recent terms, however many there are. */
  *found(prefix: string): Iterable<{ readonly term: string; readonly key: string }> {
    if (this.#terms.size === 0) return
    if (this.#recent.length > RECENT) {
      // Two runs in order: merging them is all there is to sort.
      this.#sorted = [...this.#sorted, ...this.#recent.sort()].sort()
      this.#recent = []
    }
    for (let at = this.#firstFrom(prefix); at < this.#sorted.length; at++) {
      const term = this.#sorted[at] as string
      if (!term.startsWith(prefix)) break
      for (const key of this.#terms.get(term) ?? []) yield { term, key }
    }
    for (const term of this.#recent)
      if (term.startsWith(prefix)) for (const key of this.#terms.get(term) ?? []) yield { term, key }
  }

  /** Keys with exactly this term. */
  keysOf(term: string): Iterable<string> {
    return this.#terms.get(term) ?? NONE
  }

  /** Where in `#sorted` the first term at or after `prefix` stands. */
  #firstFrom(prefix: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sorted[middle] as string) < prefix) low = middle + 1
      else high = middle
    }
    return low
  }

  #add(term: string, key: string): void {
    const keys = this.#terms.get(term)
    if (keys) keys.add(key)
    else {
      this.#terms.set(term, new Set([key]))
      this.#recent.push(term)
    }
  }

  #drop(term: string, key: string): void {
    // An empty set stays: the term stands in one of the two lists, and must not come to stand there twice.
    this.#terms.get(term)?.delete(key)
  }
}
