/** Changes of one table that are not on disk yet, newest over older: found by key and by term. */
import type { Entry } from './table-entry.ts'

/** undefined: removed. */
export type Change = Entry | undefined

export class Layer {
  readonly changes = new Map<string, Change>()
  readonly #terms = new Map<string, Set<string>>()

  set(key: string, change: Change): void {
    const before = this.changes.get(key)
    if (before) for (const term of before.terms) this.#drop(term, key)
    this.changes.set(key, change)
    if (change) for (const term of change.terms) this.#add(term, key)
  }

  /** Keys by term, in no order. */
  *found(prefix: string): Iterable<{ readonly term: string; readonly key: string }> {
    for (const [term, keys] of this.#terms) {
      if (term.startsWith(prefix)) for (const key of keys) yield { term, key }
    }
  }

  #add(term: string, key: string): void {
    const keys = this.#terms.get(term)
    if (keys) keys.add(key)
    else this.#terms.set(term, new Set([key]))
  }

  #drop(term: string, key: string): void {
    const keys = this.#terms.get(term)
    if (keys?.delete(key) && keys.size === 0) this.#terms.delete(term)
  }
}
