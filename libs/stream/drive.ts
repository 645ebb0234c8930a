/**
 * Runs a stage in a test: the same value `run` takes, without a broker, without a disk, on a clock the test moves. Values go
 * through the real schemas. Everything a stage owes is done before `send` returns, unless the test says otherwise.
 */
import type { TopicName, TopicValues } from '@attio-stream/contracts'
import { memoryCodec } from './codec.ts'
import { deadLetter } from './dead-letter.ts'
import { Poison } from './errors.ts'
import { MemoryTable } from './memory-table.ts'
import type { Input, Output, Stage, Table, TableSpec, Task } from './stage.ts'

export interface DriveOptions {
  /** The clock at the start, ms. Default 2026-01-01. */
  readonly now?: number
  /** What `send` does of the owed work before it returns. Default everything. */
  readonly drain?: 'everything' | 'live' | 'nothing'
}

type Specs = Readonly<Record<string, TableSpec>>
type Sent = Input & { readonly bytes: Uint8Array | null }
type TableMessage = Pick<Sent, 'topic' | 'key' | 'partition' | 'offset' | 'headers' | 'bytes'>

export class Driver<Tables extends Specs = Specs> {
  /** Every output written since the start, restarts included; those that are local only are not among them. */
  readonly outputs: Output[] = []
  /** ms; set it or use `advance`. */
  now: number
  readonly tables: { readonly [N in keyof Tables]: Table<Tables[N]['topic']> }
  readonly #stage: Stage<Tables>
  readonly #drain: 'everything' | 'live' | 'nothing'
  readonly #codec = memoryCodec()
  readonly #all: readonly MemoryTable<TopicName>[]
  readonly #offsets = new Map<TopicName, number>()
  readonly #inputs: Sent[] = []
  /** What output tables are restored from without the disk. */
  readonly #written: TableMessage[] = []
  /** Changes of global tables whose consequences may still be owed. */
  #unsettled: { readonly topic: TopicName; readonly key: string }[] = []
  #unchecked = false
  #task: Task

  constructor(stage: Stage<Tables>, options: DriveOptions = {}) {
    this.#stage = stage
    this.now = options.now ?? Date.UTC(2026, 0, 1)
    this.#drain = options.drain ?? 'everything'
    const tables = Object.entries(stage.tables).map(
      ([name, spec]) => [name, new MemoryTable(spec, this.#codec)] as const,
    )
    this.#all = tables.map(([, table]) => table)
    this.tables = Object.fromEntries(tables) as unknown as typeof this.tables
    this.#task = stage.task(this.tables)
  }

  /** One message of an input topic or of a global table's topic; gives what the stage wrote because of it. */
  send<T extends TopicName>(
    topic: T,
    key: string,
    value: TopicValues[T] | null,
    headers: Readonly<Record<string, string>> = {},
  ): readonly Output[] {
    const bytes = value === null ? null : this.#codec.encode(topic, value)
    const offset = this.#next(topic)
    const message = { topic, partition: 0, offset, key, headers, timestamp: this.now, bytes }
    const input = { ...message, value: bytes === null ? null : this.#codec.decode(topic, bytes) } as Sent
    const before = this.outputs.length
    const global = this.#put(input, 'global')
    if (global) {
      this.#unsettled.push({ topic, key })
      this.#task.globalChanged?.(topic, key)
    }
    if (this.#stage.from.includes(topic)) {
      this.#inputs.push(input)
      this.#put(input, 'input')
      this.#step(input, 'buried')
    } else if (!global) {
      throw new TypeError(`${this.#stage.name} neither reads ${topic} nor keeps it as a global table`)
    }
    this.#settle()
    return this.outputs.slice(before)
  }

  /** Does at most `max` pieces of owed work (default: all of it). */
  drain(max = Number.POSITIVE_INFINITY): readonly Output[] {
    const before = this.outputs.length
    if (max !== Number.POSITIVE_INFINITY) this.#emit(this.#task.drain?.(max, this.now) ?? [])
    else this.#exhaust(() => this.#owed().live + this.#owed().background)
    this.#noteSettled()
    return this.outputs.slice(before)
  }

  tick(): readonly Output[] {
    const before = this.outputs.length
    this.#emit(this.#task.tick?.(this.now) ?? [])
    this.#settle()
    return this.outputs.slice(before)
  }

  /** Moves the clock on by `ms` and ticks. */
  advance(ms: number): readonly Output[] {
    this.now += ms
    return this.tick()
  }

  /** The task dies and comes back: with its disk it goes on, without it rereads and looks at everything again. */
  restart({ disk }: { readonly disk: boolean }): readonly Output[] {
    const before = this.outputs.length
    this.#task = this.#stage.task(this.tables)
    if (!disk) {
      this.#unchecked = true
      this.#restore()
    }
    if (this.#unchecked) this.#task.recheck?.()
    for (const { topic, key } of [...this.#unsettled]) this.#task.globalChanged?.(topic, key)
    if (!disk) {
      const since = this.now - (this.#stage.rereadMs ?? 0)
      for (const input of this.#inputs) if (input.timestamp > since) this.#step(input, 'left')
    }
    this.#settle()
    return this.outputs.slice(before)
  }

  /**
   * A replay: everything sent on the stage's replay topic so far is taken again. `code`: of a stage that differs by nothing
   * but its code; it stays in place. Gives what was written.
   */
  replay({ code = this.#stage, entries = false }: { readonly code?: Stage<Tables>; readonly entries?: boolean } = {}) {
    const before = this.outputs.length
    this.#task = code.task(this.tables)
    for (const input of this.#inputs) {
      if (input.topic !== code.replay) continue
      const again = this.#task.restep?.(input, this.now, { entries }) ?? 'superseded'
      if (typeof again !== 'string') this.#emit(again)
    }
    return this.outputs.slice(before)
  }

  /** The last value written per key of a topic; null where it was a tombstone. */
  last<T extends TopicName>(topic: T): Map<string, TopicValues[T] | null> {
    const last = new Map<string, TopicValues[T] | null>()
    for (const output of this.outputs) if (output.topic === topic) last.set(output.key, output.value as TopicValues[T])
    return last
  }

  owed(): ReturnType<NonNullable<Task['owed']>> {
    return this.#owed()
  }

  /** `poison`: what becomes of an input that can never succeed; one that is only read again has been buried already. */
  #step(input: Sent, poison: 'buried' | 'left'): void {
    try {
      this.#emit(this.#task.step(input, this.now))
    } catch (error) {
      if (!(error instanceof Poison)) throw error
      const { reason, fault, workspace = null } = error
      const buried = { ...input, value: input.bytes }
      if (poison === 'buried')
        this.#emit([deadLetter({ stage: this.#stage.name, reason, fault, workspace, buried, now: this.now })])
    }
  }

  #settle(): void {
    if (this.#drain === 'everything') this.#exhaust(() => this.#owed().live + this.#owed().background)
    if (this.#drain === 'live') this.#exhaust(() => this.#owed().live)
    this.#noteSettled()
  }

  #exhaust(left: () => number): void {
    for (let rounds = 0; left() > 0; rounds++) {
      if (rounds > 1_000_000) throw new Error(`${this.#stage.name} owes work that drain never finishes`)
      this.#emit(this.#task.drain?.(1_000, this.now) ?? [])
    }
  }

  #noteSettled(): void {
    const { live, background } = this.#owed()
    if (live + background > 0) return
    this.#unsettled = []
    this.#unchecked = false
  }

  #emit(outputs: readonly Output[]): void {
    for (const output of outputs) {
      const bytes = output.value === null ? null : this.#codec.encode(output.topic, output.value)
      const at = { topic: output.topic, key: output.key, partition: 0, offset: this.#next(output.topic) }
      const message = { ...at, headers: output.headers ?? {}, bytes }
      this.#put(message, 'output')
      if (output.localOnly === true) continue
      this.#written.push(message)
      this.outputs.push(output)
    }
  }

  #restore(): void {
    for (const table of this.#all) if (table.spec.side === 'output') table.clear()
    for (const message of this.#written) this.#put(message, 'output')
  }

  #put(message: TableMessage, side: TableSpec['side']): boolean {
    const tables = this.#all.filter(({ spec }) => spec.topic === message.topic && spec.side === side)
    for (const table of tables) table.put(message.key, message)
    return tables.length > 0
  }

  #next(topic: TopicName): number {
    const offset = this.#offsets.get(topic) ?? 0
    this.#offsets.set(topic, offset + 1)
    return offset
  }

  #owed(): ReturnType<NonNullable<Task['owed']>> {
    return this.#task.owed?.() ?? { live: 0, background: 0 }
  }
}

export function drive<Tables extends Specs>(stage: Stage<Tables>, options?: DriveOptions): Driver<Tables> {
  return new Driver(stage, options)
}
