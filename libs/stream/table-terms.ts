/** The index of a table by term: an entry is term, a zero byte, key. */
import type { Database } from 'lmdb'

const PRESENT = Buffer.from([1])

/** What becomes of the index entries of many keys. */
export class TermChanges {
  readonly #gone: string[] = []
  readonly #come: string[] = []

  add(key: string, old: readonly string[], terms: readonly string[]): void {
    if (old.length === terms.length && old.every((term, i) => term === terms[i])) return
    const now = new Set(terms)
    for (const term of old) if (!now.delete(term)) this.#gone.push(indexKey(term, key))
    for (const term of now) this.#come.push(indexKey(term, key))
  }

  write(index: Database<Buffer, Buffer>): void {
    for (const entry of this.#gone) void index.remove(Buffer.from(entry))
    for (const entry of this.#come.sort()) void index.put(Buffer.from(entry), PRESENT)
  }
}

const indexKey = (term: string, key: string): string => `${term}\0${key}`

/** The order of the index. */
export function byTermAndKey(a: { term: string; key: string }, b: { term: string; key: string }): number {
  if (a.term === b.term) return a.key < b.key ? -1 : 1
  return Buffer.compare(Buffer.from(a.term), Buffer.from(b.term))
}
