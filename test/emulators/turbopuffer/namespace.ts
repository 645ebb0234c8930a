/**
 * One namespace: its rows, schema, metric, and the indexes that make filters cheap: id, equality per attribute (built when
 * a filter first asks), full text. Knows nothing of requests; write.ts and query.ts decide what happens to it.
 */
import { FullTextIndex } from './full-text.ts'
import type { Attribute, Schema } from './schema.ts'
import type { Id, Scalar, Value } from './value.ts'
import { valueBytes } from './value.ts'

export interface Row {
  readonly id: Id
  readonly values: Readonly<Record<string, Value>>
  /** Logical size. */
  readonly bytes: number
}

export function rowOf(id: Id, values: Row['values']): Row {
  let bytes = valueBytes(id)
  for (const name in values) bytes += valueBytes(values[name] ?? null)
  return { id, values, bytes }
}

export type IdType = 'uint' | 'uuid' | 'string'
export type Metric = 'cosine_distance' | 'euclidean_squared' | 'euclidean'

export class Namespace {
  readonly name: string
  readonly createdAt: Date
  updatedAt: Date
  idType: IdType
  metric: Metric | null = null
  schema: Schema = new Map()
  readonly rows = new Map<Id, Row>()
  #bytes = 0
  readonly #equality = new Map<string, Map<Scalar | null, Set<Row>>>()
  readonly #fullText = new Map<string, FullTextIndex>()

  constructor(name: string, idType: IdType, now: Date) {
    this.name = name
    this.idType = idType
    this.createdAt = now
    this.updatedAt = now
  }

  get logicalBytes(): number {
    return this.#bytes
  }

  put(row: Row): void {
    this.remove(row.id)
    this.rows.set(row.id, row)
    this.#bytes += row.bytes
    for (const [name, index] of this.#equality) addTo(index, row.values[name] ?? null, row)
    for (const index of this.#fullText.values()) index.add(row)
  }

  remove(id: Id): void {
    const row = this.rows.get(id)
    if (!row) return
    this.rows.delete(id)
    this.#bytes -= row.bytes
    for (const [name, index] of this.#equality) index.get((row.values[name] ?? null) as Scalar | null)?.delete(row)
    for (const index of this.#fullText.values()) index.remove(row)
  }

  /** Rows whose attribute equals one of the values; only for scalar attributes. */
  rowsEqual(name: string, values: readonly (Scalar | null)[]): ReadonlySet<Row> {
    if (name === 'id') {
      const found = new Set<Row>()
      for (const value of values) {
        const row = this.rows.get(value as Id)
        if (row) found.add(row)
      }
      return found
    }
    let index = this.#equality.get(name)
    if (!index) {
      index = new Map()
      for (const row of this.rows.values()) addTo(index, row.values[name] ?? null, row)
      this.#equality.set(name, index)
    }
    const one = values[0]
    if (values.length === 1 && one !== undefined) return index.get(one) ?? new Set()
    const found = new Set<Row>()
    for (const value of values) for (const row of index.get(value) ?? []) found.add(row)
    return found
  }

  fullText(attribute: Attribute): FullTextIndex | undefined {
    if (!attribute.fullText) return undefined
    let index = this.#fullText.get(attribute.name)
    if (!index || index.config !== attribute.fullText) {
      index = new FullTextIndex(attribute.name, attribute.fullText, this.rows.values())
      this.#fullText.set(attribute.name, index)
    }
    return index
  }
}

function addTo(index: Map<Scalar | null, Set<Row>>, value: Value, row: Row): void {
  const key = value as Scalar | null
  const rows = index.get(key)
  if (rows) rows.add(row)
  else index.set(key, new Set([row]))
}
