/**
 * What a task has while it owns its partition: the writer, the tables, the stage's own task, and the positions a checkpoint
 * says. It is taken over anew after every failure; when that happens is task-loop.ts's decision.
 */
import type { TopicName } from '@attio-stream/contracts'
import type { OutgoingMessage, TopicPartitionOffset } from './log.ts'
import type { RunContext } from './run-context.ts'
import type { Task } from './stage.ts'
import type { DiskTable } from './table.ts'
import { TableStore } from './table-store.ts'
import { type Takeover, takeOver } from './takeover.ts'

const NOTHING = { live: 0, background: 0 } as const
/** Flushes that may be under way before the next cycle waits for the disk. */
const FLUSHES = 3

export class Tenure {
  readonly #context: RunContext
  readonly #partition: number
  readonly #signal: AbortSignal
  #store: TableStore | undefined
  #over: Takeover | undefined
  #positions: Record<string, number> = {}
  #settled: Readonly<Record<string, number>> = {}
  #recheck = false
  #version = ''
  /** Changes of global tables while a takeover is under way: whether it has seen them cannot be told. */
  #missed: { readonly topic: TopicName; readonly key: string }[] = []

  constructor(context: RunContext, partition: number, signal: AbortSignal) {
    this.#context = context
    this.#partition = partition
    this.#signal = signal
  }

  /** Of the takeover in force. */
  get task(): Task {
    if (this.#over === undefined) throw new TypeError(`Partition ${this.#partition} is not taken over`)
    return this.#over.task
  }

  owed(): ReturnType<NonNullable<Task['owed']>> {
    return this.task.owed?.() ?? NOTHING
  }

  async takeOver(): Promise<Takeover> {
    const { stage, log, codec, globals, version, clock, hooks, tableDirectory, bury } = this.#context
    const started = clock.now()
    await this.release()
    this.#missed = []
    if (this.#store?.broken) {
      await this.#store.destroy()
      this.#store = undefined
    }
    this.#store ??= TableStore.open(tableDirectory(this.#partition), own(stage.tables), codec)
    const over = await takeOver({
      stage,
      partition: this.#partition,
      log,
      codec,
      store: this.#store,
      globals,
      version,
      now: clock.now,
      signal: this.#signal,
      bury,
    })
    this.#positions = { ...over.positions }
    this.#settled = over.settled
    this.#recheck = over.recheck
    this.#version = over.version
    this.#over = over
    for (const { topic, key } of this.#missed) over.task.globalChanged?.(topic, key)
    this.#missed = []
    hooks.restored?.(this.#partition, clock.now() - started, over.messages)
    return over
  }

  globalChanged(topic: TopicName, key: string): void {
    if (this.#over === undefined) this.#missed.push({ topic, key })
    else this.#over.task.globalChanged?.(topic, key)
  }

  /** What was emitted may not be what today's code would emit. */
  get outdated(): boolean {
    return this.#version !== this.#context.version
  }

  /** All of it was looked at with today's code. */
  renewed(): void {
    this.#version = this.#context.version
  }

  position(topic: TopicName): number | undefined {
    return this.#positions[`${topic}/${this.#partition}`]
  }

  tables(side: 'input' | 'output'): readonly DiskTable[] {
    return [...(this.#store?.tables.values() ?? [])].filter(({ spec }) => spec.side === side)
  }

  /** false: this message was committed; it is only read again, and the input tables contain it. */
  isNew(topic: TopicName, offset: number): boolean {
    return offset >= (this.#over?.committed.get(topic) ?? 0)
  }

  /** The input tables contain this message, or a later one of its key. */
  holds(topic: TopicName, offset: number): boolean {
    return offset < (this.#over?.restored.get(topic) ?? 0)
  }

  async commit(messages: readonly OutgoingMessage[], offsets: readonly TopicPartitionOffset[]): Promise<void> {
    if (messages.length === 0 && offsets.length === 0) return
    const { stage, clock, hooks } = this.#context
    const started = clock.now()
    const written = await (this.#over as Takeover).writer.commit({ messages, group: stage.name, offsets })
    hooks.transaction?.(clock.now() - started, messages.length)
    for (const { topic, partition, offset } of [...written, ...offsets]) {
      if (partition === this.#partition && this.#keeps(topic)) this.#positions[`${topic}/${partition}`] = offset
    }
  }

  /** After everything in memory is committed: tables and checkpoint follow, while the next cycle may begin. */
  async flush(): Promise<void> {
    const { globals, clock, codec } = this.#context
    const { live, background } = this.owed()
    if (live + background === 0) {
      this.#settled = globals?.positions ?? {}
      this.#recheck = false
    }
    const store = this.#store as TableStore
    const topics = new Set([...store.tables.values()].map(({ spec }) => spec.topic))
    const { backlog } = store
    const flushed = store.flush({
      positions: this.#kept(),
      settled: this.#settled,
      recheck: this.#recheck,
      version: this.#version,
      at: clock.now(),
      writers: Object.fromEntries([...topics].map((topic) => [topic, codec.writers(topic)])),
    })
    if (backlog > FLUSHES) await flushed
  }

  /** Up to where the tables are: input tables made anew are ahead of what is committed. */
  #kept(): Readonly<Record<string, number>> {
    const ahead = [...(this.#over?.restored ?? [])].map(([topic, offset]) => {
      const name = `${topic}/${this.#partition}`
      return [name, Math.max(offset, this.#positions[name] ?? 0)] as const
    })
    return { ...this.#positions, ...Object.fromEntries(ahead) }
  }

  /** Throws away what is not committed, of the tables too. */
  undo(): void {
    this.#store?.abort()
  }

  /** Lets the writer go; the tables stay for the next takeover. */
  async release(): Promise<void> {
    const over = this.#over
    this.#over = undefined
    await over?.writer.close().catch(() => {})
  }

  async close(): Promise<void> {
    await this.release()
    await this.#store?.close()
  }

  #keeps(topic: string): boolean {
    const { from } = this.#context.stage
    return from.includes(topic as TopicName) || this.tables('output').some(({ spec }) => spec.topic === topic)
  }
}

/** The tables of the task itself. */
function own(tables: RunContext['stage']['tables']): RunContext['stage']['tables'] {
  return Object.fromEntries(Object.entries(tables).filter(([, { side }]) => side !== 'global'))
}
