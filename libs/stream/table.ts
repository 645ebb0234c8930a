/** One table on disk, read through the layers of changes that are not written yet. Terms are kept in a sorted index beside it. */
import type { TopicName } from '@attio-stream/contracts'
import type { Database, RootDatabase } from 'lmdb'
import type { Codec } from './codec.ts'
import { DecodeError, Poison } from './errors.ts'
import type { Kept, Table, TableSpec } from './stage.ts'
import { decodeEntry, type Entry, encodeEntry } from './table-entry.ts'
import { type Change, Layer } from './table-layer.ts'
import { byTermAndKey, TermChanges } from './table-terms.ts'

type Bytes = Database<Buffer, Buffer>
export interface Incoming {
  readonly key: string
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly partition: number
  /** -1: not known yet (an output of the running transaction). */
  readonly offset: number
}
/** lmdb's limit is 1 978 bytes; an index entry is term, a zero byte, key. */
export const MAX_KEY_BYTES = 900
const NO_HEADERS = {}
/** Decoded values kept at least, twice that at most: names are looked up again and again, other entries hardly ever. */
const CACHED = { global: 25_000, input: 0, output: 0 } as const
/**
 * Bytes from which it is worth it: compressing is handed to another thread value by value, 30 µs each, more than all else that
 * is done to write an entry; bodies of a few hundred bytes are most of them.
 */
const COMPRESSION = { threshold: 4096 }
const NO_TERMS: readonly string[] = []
const AFTER_ALL = Buffer.from([0xff])

export class DiskTable<T extends TopicName = TopicName> implements Table<T> {
  readonly spec: TableSpec<T>
  readonly #codec: Codec
  readonly #data: Bytes
  readonly #index: Bytes | undefined
  /** Oldest first; the last one takes changes, the others are being written. */
  #layers: Layer[] = [new Layer()]
  /** Two generations: when the young one is full, what was not asked for since the last change of generation goes. */
  #cache = new Map<string, Kept<T>>()
  #older = new Map<string, Kept<T>>()
  /** From `fill` to `filled`: the keys on disk. What is not among them need not be looked for. */
  #onDisk: Set<string> | undefined
  /** From `defer` to `completed`: keys removed, and by the message at which offset. */
  #removed: Map<string, number> | undefined

  constructor(env: RootDatabase, name: string, spec: TableSpec<T>, codec: Codec) {
    this.spec = spec
    this.#codec = codec
    const options = { encoding: 'binary', keyEncoding: 'binary' } as const
    this.#data = env.openDB({ name: `data-${name}`, compression: COMPRESSION, ...options })
    this.#index = spec.terms === undefined ? undefined : env.openDB({ name: `terms-${name}`, ...options })
  }

  get complete(): boolean {
    return this.#removed === undefined
  }

  get(key: string): Kept<T> | undefined {
    const cached = this.#cache.get(key) ?? this.#older.get(key)
    if (cached !== undefined) return this.#remember(key, cached)
    const entry = this.entry(key)
    if (entry === undefined || entry.forgotten) return undefined
    const { value, header, partition, offset } = entry
    try {
      const decoded = (value === null ? undefined : this.#codec.decode(this.spec.topic, value)) as Kept<T>['value']
      return this.#remember(key, { value: decoded, header, partition, offset })
    } catch (error) {
      // Such a message is buried by whoever reads the topic; for the table it is not there.
      if (error instanceof DecodeError) return undefined
      throw error
    }
  }

  #remember(key: string, kept: Kept<T>): Kept<T> {
    const most = CACHED[this.spec.side]
    if (most === 0) return kept
    if (this.#cache.size >= most) {
      this.#older = this.#cache
      this.#cache = new Map()
    }
    this.#cache.set(key, kept)
    return kept
  }

  #uncache(key: string): void {
    this.#cache.delete(key)
    this.#older.delete(key)
  }

  has(key: string): boolean {
    const entry = this.entry(key)
    return entry !== undefined && !entry.forgotten
  }

  *byTerm(prefix: string): Iterable<{ readonly term: string; readonly key: string }> {
    if (this.#index === undefined) throw new TypeError(`The table of ${this.spec.topic} has no terms`)
    const layered = this.#layeredTerms(prefix)
    let next = layered.shift()
    const start = Buffer.from(prefix)
    for (const bytes of this.#index.getKeys({ start, end: Buffer.concat([start, AFTER_ALL]) })) {
      const at = bytes.indexOf(0)
      const found = { term: bytes.toString('utf8', 0, at), key: bytes.toString('utf8', at + 1) }
      if (this.#layered(found.key)) continue
      for (; next !== undefined && byTermAndKey(next, found) < 0; next = layered.shift()) yield next
      yield found
    }
    for (; next !== undefined; next = layered.shift()) yield next
  }

  *withTerm(term: string): Iterable<string> {
    if (this.#index === undefined) throw new TypeError(`The table of ${this.spec.topic} has no terms`)
    for (const [level, layer] of this.#layers.entries())
      for (const key of layer.keysOf(term)) if (!this.#changedAbove(level, key)) yield key
    const start = Buffer.from(`${term}\0`)
    for (const bytes of this.#index.getKeys({ start, end: Buffer.concat([start, AFTER_ALL]) })) {
      const key = bytes.toString('utf8', start.length)
      if (!this.#layered(key)) yield key
    }
  }

  *keys(): Iterable<string> {
    const seen = new Set<string>()
    for (const layer of this.#layers) for (const key of layer.changes.keys()) seen.add(key)
    for (const key of seen) if (this.has(key)) yield key
    if (this.spec.side !== 'global') {
      // Nothing is remembered as forgotten here, so the values need not be read.
      for (const key of this.#data.getKeys()) {
        const name = key.toString()
        if (!seen.has(name)) yield name
      }
      return
    }
    for (const { key, value } of this.#data.getRange()) {
      const name = key.toString()
      if (!seen.has(name) && !decodeEntry(value).forgotten) yield name
    }
  }

  /** Every entry, forgotten ones too. */
  *entries(): Iterable<{ readonly key: string; readonly entry: Entry }> {
    const seen = new Set<string>()
    for (const layer of this.#layers) for (const key of layer.changes.keys()) seen.add(key)
    for (const key of seen) {
      const entry = this.entry(key)
      if (entry !== undefined) yield { key, entry }
    }
    for (const { key, value } of this.#data.getRange()) {
      const name = key.toString()
      if (!seen.has(name)) yield { key: name, entry: decodeEntry(value) }
    }
  }

  /** Its value is good until the next read of any table: lmdb reads into one buffer. */
  entry(key: string): Entry | undefined {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const { changes } = this.#layers[i] as Layer
      const change = changes.get(key)
      if (change !== undefined || changes.has(key)) return change
    }
    return this.#onDisk?.has(key) === false ? undefined : this.#read(Buffer.from(key))
  }

  /** The message's state is the key's state now. Throws Poison for what no table can hold: a long key, terms of bytes that are none. */
  put(incoming: Incoming): void {
    const { key, value, headers, partition, offset } = incoming
    const { spec } = this
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new Poison(`A key of ${spec.topic} is too long for a table.`)
    if (this.#removed !== undefined && this.#isOutdated(key, offset)) return
    if (value === null) this.#removed?.set(key, offset)
    if (value === null && spec.side !== 'global') {
      this.#change(key, undefined)
      return
    }
    const header = spec.keepHeader === undefined ? '' : (headers?.[spec.keepHeader] ?? '')
    const terms =
      value === null || spec.terms === undefined
        ? NO_TERMS
        : spec.terms(key, () => this.#codec.decode(spec.topic, value), headers ?? NO_HEADERS)
    this.#change(key, {
      value: spec.keepHeader === undefined ? value : null,
      forgotten: value === null,
      header,
      partition,
      offset,
      terms: terms.length > 1 ? [...new Set(terms)] : terms,
    })
  }

  #isOutdated(key: string, offset: number): boolean {
    return (this.#removed?.get(key) ?? -1) > offset || (this.entry(key)?.offset ?? -1) > offset
  }

  #change(key: string, change: Change): void {
    this.#uncache(key)
    ;(this.#layers.at(-1) as Layer).set(key, change)
  }

  abort(): void {
    const layer = this.#layers.at(-1) as Layer
    for (const key of layer.changes.keys()) this.#uncache(key)
    this.#layers[this.#layers.length - 1] = new Layer()
  }

  /** The changes so far; later ones go into another layer, also when there are none so far. */
  freeze(): Layer {
    const layer = this.#layers.at(-1) as Layer
    if (layer.changes.size === 0) return new Layer()
    this.#layers.push(new Layer())
    return layer
  }

  /** From an empty table until `filled`: keys are remembered, so that filling it does not look for what cannot be there. */
  fill(): void {
    this.#onDisk = new Set()
    this.#removed = undefined
  }

  filled(): void {
    this.#onDisk = undefined
  }

  /** Until `completed` messages may come in any order: one that is older than what is known of its key changes nothing. */
  defer(): void {
    this.#removed = new Map()
  }

  completed(): void {
    this.#removed = undefined
  }

  /**
   * Inside an lmdb batch, whose promise tells about all of it; every earlier layer is on disk already. In the order of keys: a
   * page is touched once, by all that go into it.
   */
  write(layer: Layer): void {
    const terms = new TermChanges()
    for (const key of [...layer.changes.keys()].sort()) {
      const change = layer.changes.get(key)
      const name = Buffer.from(key)
      if (this.#index !== undefined) {
        const before = this.#onDisk?.has(key) === false ? NO_TERMS : this.#termsOf(name)
        terms.add(key, before, change?.terms ?? NO_TERMS)
      }
      this.#onDisk?.add(key)
      if (change === undefined) void this.#data.remove(name)
      else void this.#data.put(name, encodeEntry(change))
    }
    if (this.#index !== undefined) terms.write(this.#index)
  }

  written(layer: Layer): void {
    if (layer.changes.size === 0) return
    this.#data.resetReadTxn()
    this.#layers = this.#layers.filter((other) => other !== layer)
  }

  clear(): void {
    this.#data.clearSync()
    this.#index?.clearSync()
    this.#cache.clear()
    this.#older.clear()
    this.#onDisk = undefined
    this.#removed = undefined
  }

  #termsOf(name: Buffer): readonly string[] {
    return this.#read(name)?.terms ?? NO_TERMS
  }

  /** Without a copy, which takes longer than reading. */
  #read(name: Buffer): Entry | undefined {
    const bytes = this.#data.getBinaryFast(name)
    return bytes === undefined ? undefined : decodeEntry(bytes)
  }

  #layeredTerms(prefix: string): { readonly term: string; readonly key: string }[] {
    const found: { term: string; key: string }[] = []
    for (const [level, layer] of this.#layers.entries()) {
      for (const one of layer.found(prefix)) {
        if (!this.#changedAbove(level, one.key)) found.push(one)
      }
    }
    return found.sort(byTermAndKey)
  }

  #layered(key: string): boolean {
    return this.#changedAbove(-1, key)
  }

  /** In a layer newer than that one. */
  #changedAbove(level: number, key: string): boolean {
    for (let i = level + 1; i < this.#layers.length; i++) if ((this.#layers[i] as Layer).changes.has(key)) return true
    return false
  }
}
