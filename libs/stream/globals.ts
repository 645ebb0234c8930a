/**
 * The global tables of a process: whole topics, read by one reader each and shared by all tasks. A task is told of every
 * change, and `positions` says up to where the tables are.
 */
import type { TopicName } from '@attio-stream/contracts'
import type { BuryOutside } from './bury-outside.ts'
import type { Codec } from './codec.ts'
import { Poison } from './errors.ts'
import type { Log, Reader, StoredMessage } from './log.ts'
import { RecentChanges } from './recent-changes.ts'
import type { TableSpec } from './stage.ts'
import type { DiskTable } from './table.ts'
import { TableStore } from './table-store.ts'

export interface GlobalsOptions {
  readonly log: Log
  readonly codec: Codec
  readonly directory: string
  readonly specs: Readonly<Record<string, TableSpec>>
  readonly now: () => number
  readonly onChanged: (topic: TopicName, key: string) => void
  readonly signal: AbortSignal
  readonly bury: BuryOutside
}
/** Changes held in memory at most before they are written; more while the tables are filled from nothing. */
const FLUSH_AFTER = 5_000
const FLUSH_AFTER_FILLING = 20_000
/** A checkpoint older than this may have missed tombstones that are compacted away (delete.retention.ms: 24 h). */
export const CHECKPOINT_LIFE_MS = 12 * 60 * 60 * 1000

export class Globals {
  readonly #options: GlobalsOptions
  readonly #store: TableStore
  readonly #readers = new Map<TopicName, Reader>()
  readonly #positions = new Map<string, number>()
  readonly #recent = new RecentChanges()
  #unwritten = 0
  #started = false
  /** The tables were rebuilt at this start: which changes a task has missed cannot be told. */
  rebuilt = false

  constructor(options: GlobalsOptions) {
    this.#options = options
    this.#store = TableStore.open(options.directory, options.specs, options.codec)
  }

  get tables(): ReadonlyMap<string, DiskTable> {
    return this.#store.tables
  }

  get positions(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#positions)
  }

  /** Resolves when everything that is in the topics now is in the tables; following goes on until `close`. */
  async start(): Promise<void> {
    const { codec, log, signal } = this.#options
    const topics = new Set(Object.values(this.#options.specs).map(({ topic }) => topic))
    const checkpoint = this.#store.checkpoint
    let known = checkpoint?.positions ?? {}
    const starts = new Map<TopicName, { readonly ends: readonly number[]; readonly beginnings: readonly number[] }>()
    let usable = checkpoint !== undefined && this.#options.now() - checkpoint.at < CHECKPOINT_LIFE_MS
    for (const topic of topics) {
      const [ends, beginnings] = await Promise.all([log.ends(topic), log.beginnings(topic)])
      starts.set(topic, { ends, beginnings })
      for (const [partition, end] of ends.entries()) {
        const position = known[`${topic}/${partition}`] ?? -1
        if (position < (beginnings[partition] ?? 0) || position > end) usable = false
      }
    }
    if (usable) {
      for (const [topic, ids] of Object.entries(checkpoint?.writers ?? {})) {
        await codec.prepareWriters(topic as TopicName, ids)
      }
    } else {
      await this.#store.clear()
      known = {}
      this.rebuilt = true
      for (const table of this.tables.values()) table.fill()
    }
    for (const [topic, { beginnings }] of starts) {
      const from = new Map(beginnings.map((begin, partition) => [partition, known[`${topic}/${partition}`] ?? begin]))
      for (const [partition, offset] of from) {
        this.#positions.set(`${topic}/${partition}`, offset)
        this.#recent.begin(topic, partition, offset)
      }
      const onMessages = (partition: number, messages: readonly StoredMessage[]) =>
        this.#apply(topic, partition, messages)
      this.#readers.set(topic, log.read({ topic, from, until: 'follow', onMessages, signal }))
    }
    await Promise.all([...this.#readers.values()].map(({ caughtUp }) => caughtUp))
    // What is not on disk yet is seen all the same; a disk that failed is told of by the next checkpoint.
    void this.checkpoint()
    for (const table of this.tables.values()) table.filled()
    if (this.rebuilt)
      for (const topic of topics)
        for (const partition of starts.get(topic)?.ends.keys() ?? [])
          this.#recent.begin(topic, partition, this.#positions.get(`${topic}/${partition}`) ?? 0)
    this.#started = true
  }

  /** Resolves when the tables show all that is in their topics now: whoever had a partition before may have shown it already. */
  async current(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>()
    const abort = () => aborted.resolve()
    signal.addEventListener('abort', abort, { once: true })
    try {
      for (const [topic, reader] of this.#readers) {
        const ends = await this.#options.log.ends(topic)
        await Promise.race([reader.reached(ends), aborted.promise])
        signal.throwIfAborted()
      }
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** Keys of a topic that changed at or after these positions, by `topic/partition`. */
  *changedSince(topic: TopicName, positions: Readonly<Record<string, number>>): Iterable<string> {
    const recent = this.#recent.since(topic, positions)
    if (recent !== undefined) return yield* recent
    for (const table of this.tables.values())
      if (table.spec.topic === topic)
        for (const { key, entry } of table.entries())
          if (entry.offset >= (positions[`${topic}/${entry.partition}`] ?? 0)) yield key
  }

  /** Rejects when a reader failed for good. */
  get failed(): Promise<unknown> {
    return Promise.all([...this.#readers.values()].map(({ done }) => done))
  }

  /** Writes what there is, and that it is up to date. */
  checkpoint(): Promise<void> {
    this.#unwritten = 0
    const topics = new Set(Object.values(this.#options.specs).map(({ topic }) => topic))
    const writers = Object.fromEntries([...topics].map((topic) => [topic, this.#options.codec.writers(topic)]))
    const { positions } = this
    return this.#store.flush({
      positions,
      settled: {},
      recheck: false,
      filling: false,
      version: '',
      at: this.#options.now(),
      writers,
    })
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#readers.values()].map((reader) => reader.stop()))
    if (this.#started) await this.checkpoint().catch(() => {})
    await this.#store.close()
  }

  async #apply(topic: TopicName, partition: number, messages: readonly StoredMessage[]): Promise<void> {
    const { codec, onChanged, bury } = this.#options
    await codec.prepare(topic, valuesOf(messages))
    const tables = [...this.tables.values()].filter(({ spec }) => spec.topic === topic)
    for (const message of messages) {
      for (const table of tables) {
        try {
          // Bytes that the table could not show must not get into it; with terms it reads them itself.
          const { terms, keepHeader } = table.spec
          if (message.value !== null && terms === undefined && keepHeader === undefined)
            codec.decode(topic, message.value)
          table.put(message)
        } catch (error) {
          if (!(error instanceof Poison)) throw error
          // What was known of the key stays.
          await bury(message, error)
        }
      }
      this.#positions.set(`${topic}/${partition}`, message.offset + 1)
      if (this.#started || !this.rebuilt)
        this.#recent.add({ topic, partition, key: message.key, offset: message.offset })
      if (this.#started) onChanged(topic, message.key)
    }
    this.#unwritten += messages.length
    if (this.#unwritten < (this.rebuilt && !this.#started ? FLUSH_AFTER_FILLING : FLUSH_AFTER)) return
    const { backlog } = this.#store
    const written = this.checkpoint()
    if (backlog > 0) await written
  }
}

export function* valuesOf(messages: readonly StoredMessage[]): Iterable<Uint8Array | null> {
  for (const { value } of messages) yield value
}
