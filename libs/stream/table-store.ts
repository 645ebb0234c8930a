/**
 * The tables of one task (or the global tables of a process) in one lmdb environment, with a checkpoint that says exactly which
 * offsets they contain: both are always written in one lmdb transaction. Changes are seen at once through layers in memory,
 * thrown away by `abort`, and written after the log has committed them.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import type { Codec } from './codec.ts'
import type { TableSpec } from './stage.ts'
import { DiskTable } from './table.ts'

export interface Checkpoint {
  /** Next offset to apply, by `topic/partition`. */
  readonly positions: Readonly<Record<string, number>>
  /** Positions of global tables whose consequences are all written, by `topic/partition`. */
  readonly settled: Readonly<Record<string, number>>
  /** A recheck was begun and is not finished. */
  readonly recheck: boolean
  /** Tables that are filled behind live work are not complete: what they lack is known to the process alone. */
  readonly filling: boolean
  /** Version of the stage's code. */
  readonly version: string
  /** ms since epoch. */
  readonly at: number
  /** Schema ids of the values kept, by topic: they must be known before anything is read. */
  readonly writers: Readonly<Record<string, readonly number[]>>
}

const FORMAT = 1
const CHECKPOINT = 'checkpoint'
const IDENTITY = 'identity'
const CLEAN = 'clean'

export class TableStore {
  readonly tables: ReadonlyMap<string, DiskTable>
  readonly #env: RootDatabase
  readonly #meta: ReturnType<RootDatabase['openDB']>
  #flushing: Promise<void> = Promise.resolve()
  #failure: unknown
  #closed = false
  #backlog = 0
  readonly #directory: string

  private constructor(directory: string, env: RootDatabase, specs: Readonly<Record<string, TableSpec>>, codec: Codec) {
    this.#directory = directory
    this.#env = env
    this.#meta = env.openDB({ name: 'meta', encoding: 'json' })
    this.tables = new Map(Object.entries(specs).map(([name, spec]) => [name, new DiskTable(env, name, spec, codec)]))
  }

  /** Opens the directory; one that is corrupt, or of other tables, is deleted and begun anew. */
  static open(directory: string, specs: Readonly<Record<string, TableSpec>>, codec: Codec): TableStore {
    const identity = identityOf(specs)
    const attempt = () => {
      mkdirSync(directory, { recursive: true })
      // Pages that cannot be believed may take the whole process down: then the next attempt finds this mark.
      const opening = join(directory, 'opening')
      writeFileSync(opening, '')
      const env = open({
        path: directory,
        maxDbs: 2 + 2 * Object.keys(specs).length,
        // A killed process loses nothing; after a power failure `trusted` says whether the pages can be believed.
        noSync: true,
        noMemInit: true,
        // Maps the file in parts and gives them back: what is read stays in the system's cache, not in this process.
        remapChunks: true,
      })
      const store = new TableStore(directory, env, specs, codec)
      rmSync(opening)
      if (store.#trusted(identity)) return store
      env.close().catch(() => {})
      throw new Error('other tables, or not closed before the machine went down')
    }
    if (!looksWhole(directory)) rmSync(directory, { recursive: true, force: true })
    try {
      return attempt()
    } catch {
      rmSync(directory, { recursive: true, force: true })
      return attempt()
    }
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#meta.get(CHECKPOINT) as Checkpoint | undefined
  }

  /** Throws away what was changed since the last `flush`. */
  abort(): void {
    for (const table of this.tables.values()) table.abort()
  }

  /**
   * What was changed since the last call goes to disk together with the checkpoint, after everything flushed before. Readers
   * see it all the time. Rejects when the disk failed.
   */
  flush(checkpoint: Checkpoint): Promise<void> {
    const layers = [...this.tables.values()].map((table) => ({ table, layer: table.freeze() }))
    this.#backlog++
    const before = this.#flushing
    this.#flushing = before
      .catch(() => {})
      .then(async () => {
        if (this.#failure !== undefined) throw this.#failure
        try {
          await this.#env.batch(() => {
            for (const { table, layer } of layers) table.write(layer)
            void this.#meta.put(CHECKPOINT, checkpoint)
            void this.#meta.put(CLEAN, bootId())
          })
        } catch (error) {
          this.#failure = error
          throw error
        }
        for (const { table, layer } of layers) table.written(layer)
      })
    this.#flushing = this.#flushing.finally(() => {
      this.#backlog--
    })
    this.#flushing.catch(() => {})
    return this.#flushing
  }

  /** Flushes not done yet. */
  get backlog(): number {
    return this.#backlog
  }

  /** The disk failed: the tables can only be destroyed and begun anew. */
  get broken(): boolean {
    return this.#failure !== undefined
  }

  async destroy(): Promise<void> {
    this.#closed = true
    await this.#env.close().catch(() => {})
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Everything flushed so far is on disk. */
  flushed(): Promise<void> {
    return this.#flushing
  }

  /** Forgets all entries and the checkpoint. */
  async clear(): Promise<void> {
    await this.#flushing.catch(() => {})
    this.abort()
    for (const table of this.tables.values()) table.clear()
    await this.#meta.remove(CHECKPOINT)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#flushing.catch(() => {})
    await this.#env.flushed
    await this.#meta.put(CLEAN, 'closed')
    await this.#env.flushed
    await this.#env.close()
  }

  /** Written in this life of the machine, or closed properly; and of these very tables. */
  #trusted(identity: string): boolean {
    const known = this.#meta.get(IDENTITY)
    if (known === undefined) {
      this.#meta.putSync(IDENTITY, identity)
      this.#meta.putSync(CLEAN, bootId())
      return true
    }
    const clean = this.#meta.get(CLEAN)
    return known === identity && (clean === 'closed' || clean === bootId())
  }
}

function identityOf(specs: Readonly<Record<string, TableSpec>>): string {
  const tables = Object.entries(specs).map(([name, { topic, side, keepHeader, terms }]) => [
    name,
    topic,
    side,
    keepHeader ?? '',
    terms === undefined ? 0 : 1,
  ])
  return JSON.stringify([FORMAT, tables])
}

/** An lmdb file begins with the header of a meta page; and no process died opening it. */
function looksWhole(directory: string): boolean {
  if (existsSync(join(directory, 'opening'))) return false
  const file = join(directory, 'data.mdb')
  if (!existsSync(file)) return true
  const head = Buffer.alloc(64)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, head, 0, head.length, 0)
  } finally {
    closeSync(descriptor)
  }
  return head.includes(Buffer.from([0xde, 0xc0, 0xef, 0xbe]))
}

let boot: string | undefined
/** Changes when the machine starts again; '' where the system does not say, then only a closed store is believed. */
function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    boot = ''
  }
  return boot === '' ? 'unknown' : boot
}
