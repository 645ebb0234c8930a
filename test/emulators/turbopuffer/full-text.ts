/**
 * The inverted index of one full-text attribute and its BM25 scores. Rows are indexed when the first query needs them, so
 * that loading a namespace does not pay for searches nobody makes.
 */
import type { Row } from './namespace.ts'
import type { FullText } from './schema.ts'
import { tokenize } from './tokens.ts'

interface Indexed {
  readonly counts: ReadonlyMap<string, number>
  readonly length: number
}

export class FullTextIndex {
  readonly config: FullText
  readonly #name: string
  readonly #postings = new Map<string, Set<Row>>()
  readonly #indexed = new Map<Row, Indexed>()
  readonly #waiting = new Set<Row>()
  #length = 0

  constructor(name: string, config: FullText, rows: Iterable<Row>) {
    this.#name = name
    this.config = config
    for (const row of rows) this.#waiting.add(row)
  }

  add(row: Row): void {
    this.#waiting.add(row)
  }

  remove(row: Row): void {
    if (this.#waiting.delete(row)) return
    const indexed = this.#indexed.get(row)
    if (!indexed) return
    for (const token of indexed.counts.keys()) this.#postings.get(token)?.delete(row)
    this.#indexed.delete(row)
    this.#length -= indexed.length
  }

  /** Rows holding the token, or any token that begins with it. */
  rowsWith(token: string, asPrefix = false): ReadonlySet<Row> {
    this.#catchUp()
    if (!asPrefix) return this.#postings.get(token) ?? new Set()
    const rows = new Set<Row>()
    for (const [known, posting] of this.#postings) if (known.startsWith(token)) for (const row of posting) rows.add(row)
    return rows
  }

  scores(tokens: readonly string[], lastAsPrefix: boolean): Map<Row, number> {
    this.#catchUp()
    const { k1, b, k3 } = this.config
    const scores = new Map<Row, number>()
    const prefix = lastAsPrefix ? tokens.at(-1) : undefined
    const exact = lastAsPrefix ? tokens.slice(0, -1) : tokens
    const counts = new Map<string, number>()
    for (const token of exact) counts.set(token, (counts.get(token) ?? 0) + 1)
    const average = this.#length / Math.max(1, this.#indexed.size)
    for (const [token, asked] of counts) {
      const posting = this.#postings.get(token)
      if (!posting?.size) continue
      const idf = Math.log(1 + (this.#indexed.size - posting.size + 0.5) / (posting.size + 0.5))
      const weight = (idf * ((k3 + 1) * asked)) / (k3 + asked)
      for (const row of posting) {
        const { counts: found, length } = this.#indexed.get(row) as Indexed
        const tf = found.get(token) ?? 0
        const score = (weight * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * length) / average))
        scores.set(row, (scores.get(row) ?? 0) + score)
      }
    }
    if (prefix !== undefined) {
      for (const row of this.rowsWith(prefix, true)) scores.set(row, (scores.get(row) ?? 0) + 1)
    }
    return scores
  }

  #catchUp(): void {
    for (const row of this.#waiting) {
      const value = row.values[this.#name] as string | readonly string[] | null | undefined
      if (value === null || value === undefined) continue
      const tokens = tokenize(value, this.config)
      const counts = new Map<string, number>()
      for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
      for (const token of counts.keys()) {
        const posting = this.#postings.get(token)
        if (posting) posting.add(row)
        else this.#postings.set(token, new Set([row]))
      }
      this.#indexed.set(row, { counts, length: tokens.length })
      this.#length += tokens.length
    }
    this.#waiting.clear()
  }
}
