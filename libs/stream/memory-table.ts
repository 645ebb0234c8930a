/** A table in memory, with the meaning of the one on disk (table.ts): for drive.ts. */
import type { TopicName } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import type { Kept, Table, TableSpec } from './stage.ts'

interface Entry {
  readonly bytes: Uint8Array | null
  readonly header: string
  readonly partition: number
  readonly offset: number
  readonly terms: readonly string[]
}

export class MemoryTable<T extends TopicName> implements Table<T> {
  readonly spec: TableSpec<T>
  readonly complete = true
  readonly #codec: Codec
  readonly #entries = new Map<string, Entry>()

  constructor(spec: TableSpec<T>, codec: Codec) {
    this.spec = spec
    this.#codec = codec
  }

  /** null bytes: a tombstone, the key is forgotten. */
  put(
    key: string,
    entry: {
      readonly bytes: Uint8Array | null
      readonly headers: Readonly<Record<string, string>>
      readonly partition: number
      readonly offset: number
    },
  ): void {
    const { spec } = this
    if (entry.bytes === null) {
      this.#entries.delete(key)
      return
    }
    this.#entries.set(key, {
      bytes: spec.keepHeader === undefined ? entry.bytes : null,
      header: spec.keepHeader === undefined ? '' : (entry.headers[spec.keepHeader] ?? ''),
      partition: entry.partition,
      offset: entry.offset,
      terms: this.#terms(key, entry.bytes, entry.headers),
    })
  }

  #terms(key: string, bytes: Uint8Array, headers: Readonly<Record<string, string>>): readonly string[] {
    return this.spec.terms?.(key, () => this.#codec.decode(this.spec.topic, bytes), headers) ?? []
  }

  clear(): void {
    this.#entries.clear()
  }

  get(key: string): Kept<T> | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    const { bytes, header, partition, offset } = entry
    const value = (bytes === null ? undefined : this.#codec.decode(this.spec.topic, bytes)) as Kept<T>['value']
    return { value, header, partition, offset }
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  *byTerm(prefix: string): Iterable<{ readonly term: string; readonly key: string }> {
    const found: { term: string; key: string }[] = []
    for (const [key, { terms }] of this.#entries) {
      for (const term of new Set(terms)) if (term.startsWith(prefix)) found.push({ term, key })
    }
    yield* found.sort((a, b) => compare(a.term, b.term) || compare(a.key, b.key))
  }

  *withTerm(term: string): Iterable<string> {
    for (const [key, { terms }] of this.#entries) if (terms.includes(term)) yield key
  }

  *keys(): Iterable<string> {
    yield* [...this.#entries.keys()].sort(compare)
  }
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
