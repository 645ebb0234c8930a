/**
 * What a task has while it owns its partition: the writer, the tables, the stage's own task, and the positions a checkpoint
 * says. It is taken over anew after every failure; when that happens is task-loop.ts's decision.
 */
import type { TopicName } from '@attio-stream/contracts'
import { Filling } from './filling.ts'
import type { OutgoingMessage, TopicPartitionOffset } from './log.ts'
import type { RunContext } from './run-context.ts'
import type { Task } from './stage.ts'
import type { DiskTable } from './table.ts'
import { TableStore } from './table-store.ts'
import { type Takeover, takeOver } from './takeover.ts'

const NOTHING = { live: 0, background: 0 } as const
/** Flushes that may be under way before the next cycle waits for the disk. */
const FLUSHES = 3

export interface TenureOptions {
  readonly context: RunContext
  readonly partition: number
  readonly signal: AbortSignal
  /** There is something to fill in. */
  readonly onReady: () => void
}

export class Tenure {
  readonly #options: TenureOptions
  readonly #context: RunContext
  readonly #partition: number
  #store: TableStore | undefined
  #over: Takeover | undefined
  #positions: Record<string, number> = {}
  #settled: Readonly<Record<string, number>> = {}
  #recheck = false
  #version = ''
  /** Input tables contain everything before. */
  #restored: Map<TopicName, number> = new Map()
  #filling: Filling | undefined
  /** When the takeover began, ms. */
  #begun = 0
  /** The task is not yet where its input ended at the takeover. */
  #catchingUp = false
  /** Since the last flush something was committed. */
  #committed = false
  /** Changes of global tables while a takeover is under way: whether it has seen them cannot be told. */
  #missed: { readonly topic: TopicName; readonly key: string }[] = []

  constructor(options: TenureOptions) {
    this.#options = options
    this.#context = options.context
    this.#partition = options.partition
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
      signal: this.#options.signal,
      bury,
    })
    this.#restored = new Map(over.restored)
    this.#begun = started
    this.#filling = this.#fillingOf(over)
    this.#catchingUp = true
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
    return offset < (this.#restored.get(topic) ?? 0)
  }

  /** Input tables are being filled behind live work. */
  get filling(): Pick<Filling, 'dueIn'> | undefined {
    return this.#filling
  }

  /** A slice of them. Once all is there, everything has to be looked at. */
  fill(): void {
    const { hooks, clock } = this.#context
    const filling = this.#filling
    filling?.take(clock.now())
    if (filling?.done !== true) return
    this.#filling = undefined
    for (const [topic, end] of filling.ends) this.#restored.set(topic, end)
    for (const table of this.tables('input')) table.completed()
    this.task.recheck?.()
    hooks.filled?.(this.#partition, clock.now() - this.#begun, filling.messages)
  }

  #fillingOf({ behind }: Takeover): Filling | undefined {
    if (behind.length === 0) return undefined
    const { context, partition, onReady } = this.#options
    return new Filling({ context, partition, behind, tables: this.tables('input'), onReady })
  }

  async commit(messages: readonly OutgoingMessage[], offsets: readonly TopicPartitionOffset[]): Promise<void> {
    if (messages.length === 0 && offsets.length === 0) return
    const { stage, clock, hooks } = this.#context
    const started = clock.now()
    const written = await (this.#over as Takeover).writer.commit({ messages, group: stage.name, offsets })
    hooks.transaction?.(clock.now() - started, messages.length)
    this.#committed = true
    for (const { topic, partition, offset } of [...written, ...offsets]) {
      if (partition === this.#partition && this.#keeps(topic)) this.#positions[`${topic}/${partition}`] = offset
    }
  }

  /** After everything in memory is committed: tables and checkpoint follow, while the next cycle may begin. */
  async flush(): Promise<void> {
    const { globals, clock, codec } = this.#context
    if (!this.#committed && this.#filling?.gathering === true) return
    this.#committed = false
    this.#filling?.flushed()
    const { live, background } = this.owed()
    if (live + background === 0 && this.#filling === undefined) {
      this.#settled = globals?.positions ?? {}
      this.#recheck = false
    }
    this.#caughtUp()
    const store = this.#store as TableStore
    const topics = new Set([...store.tables.values()].map(({ spec }) => spec.topic))
    const { backlog } = store
    const flushed = store.flush({
      positions: this.#kept(),
      settled: this.#settled,
      recheck: this.#recheck,
      filling: this.#filling !== undefined,
      version: this.#version,
      at: clock.now(),
      writers: Object.fromEntries([...topics].map((topic) => [topic, codec.writers(topic)])),
    })
    if (backlog > FLUSHES) await flushed
  }

  /** From here on most keys are there already: which ones need not be remembered. */
  #caughtUp(): void {
    if (!this.#catchingUp || this.#filling !== undefined) return
    // What stands at the very end may be the mark of a transaction.
    for (const topic of this.#context.stage.from)
      if ((this.position(topic) ?? 0) < (this.#over?.ends.get(topic) ?? 0) - 1) return
    this.#catchingUp = false
    for (const table of this.#store?.tables.values() ?? []) table.filled()
  }

  /** Up to where the tables are: input tables made anew are ahead of what is committed. */
  #kept(): Readonly<Record<string, number>> {
    const ahead = [...this.#restored].map(([topic, offset]) => {
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
    await this.#filling?.stop()
    this.#filling = undefined
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
