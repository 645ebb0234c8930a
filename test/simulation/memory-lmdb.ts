/**
 * What libs/stream uses of lmdb, in memory: ordered keys, writes that are seen when their transaction is on disk a moment later,
 * and environments that outlive the process which wrote them. `disks` is the machine room: forget a path and its disk is lost.
 */
import { Buffer } from 'node:buffer'

type Key = Buffer | string
interface Entry {
  readonly key: Buffer
  readonly value: unknown
}
export const disks = new Map<string, Map<string, Store>>()

/** Most ms a transaction takes to the disk. */
const WRITE_MS = 6

const nameOf = (key: Key): string => (typeof key === 'string' ? key : key.toString('latin1'))

class Store {
  readonly entries = new Map<string, Entry>()
  #sorted: readonly Entry[] | undefined

  set(key: Key, value: unknown): void {
    const name = nameOf(key)
    if (!this.entries.has(name)) this.#sorted = undefined
    this.entries.set(name, { key: Buffer.from(key as string), value })
    if (this.#sorted !== undefined) this.#sorted = undefined
  }
  delete(key: Key): void {
    if (this.entries.delete(nameOf(key))) this.#sorted = undefined
  }
  clear(): void {
    this.entries.clear()
    this.#sorted = undefined
  }
  sorted(): readonly Entry[] {
    this.#sorted ??= [...this.entries.values()].sort((a, b) => Buffer.compare(a.key, b.key))
    return this.#sorted
  }
}

let lent = Buffer.alloc(0)

interface Range {
  readonly start?: Buffer
  readonly end?: Buffer
}

class Table {
  readonly #store: Store
  readonly #write: (change: () => void) => Promise<boolean>

  constructor(store: Store, write: (change: () => void) => Promise<boolean>) {
    this.#store = store
    this.#write = write
  }

  get(key: Key): unknown {
    return this.#store.entries.get(nameOf(key))?.value
  }
  /** Good until the next one is read, as lmdb's is. */
  getBinaryFast(key: Key): unknown {
    lent.fill(0xff)
    const value = this.get(key)
    if (!Buffer.isBuffer(value)) return value
    lent = Buffer.from(value)
    return lent
  }
  put(key: Key, value: unknown): Promise<boolean> {
    return this.#write(() => this.#store.set(key, value))
  }
  remove(key: Key): Promise<boolean> {
    return this.#write(() => this.#store.delete(key))
  }
  putSync(key: Key, value: unknown): void {
    this.#store.set(key, value)
  }
  clearSync(): void {
    this.#store.clear()
  }
  resetReadTxn(): void {}

  *getKeys(range: Range = {}): Iterable<Buffer> {
    for (const { key } of this.getRange(range)) yield key
  }
  *getRange({ start, end }: Range = {}): Iterable<{ key: Buffer; value: unknown }> {
    const all = this.#store.sorted()
    let low = 0
    if (start !== undefined) {
      let high = all.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (Buffer.compare((all[middle] as Entry).key, start) < 0) low = middle + 1
        else high = middle
      }
    }
    for (let i = low; i < all.length; i++) {
      const entry = all[i] as Entry
      if (end !== undefined && Buffer.compare(entry.key, end) >= 0) return
      yield entry
    }
  }
}

class Environment {
  readonly #stores: Map<string, Store>
  #gathering: (() => void)[] | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#stores = disks.get(path) ?? new Map()
    disks.set(path, this.#stores)
  }

  openDB({ name }: { readonly name: string }): Table {
    const store = this.#stores.get(name) ?? new Store()
    this.#stores.set(name, store)
    return new Table(store, (change) => {
      if (this.#gathering === undefined) return this.#commit([change])
      this.#gathering.push(change)
      return Promise.resolve(true)
    })
  }

  batch(work: () => void): Promise<boolean> {
    const changes: (() => void)[] = []
    this.#gathering = changes
    try {
      work()
    } finally {
      this.#gathering = undefined
    }
    return this.#commit(changes)
  }

  get flushed(): Promise<unknown> {
    return this.#last
  }

  async close(): Promise<void> {}

  /** In order, whole or not at all: a process that dies before its turn comes has written nothing. */
  #commit(changes: readonly (() => void)[]): Promise<boolean> {
    const before = this.#last
    const done = (async () => {
      await before
      await new Promise((resolve) => setTimeout(resolve, Math.random() * WRITE_MS))
      for (const change of changes) change()
      return true
    })()
    this.#last = done
    return done
  }
}

export function open({ path }: { readonly path: string }): Environment {
  return new Environment(path)
}
