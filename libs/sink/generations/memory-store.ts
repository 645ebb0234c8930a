/** Generations in memory, each a MemorySink, that can be told to fail: for tests of what stands above stores. */
import { MemorySink, type MemorySinkOptions } from '../memory-sink.ts'
import type { Sink } from '../sink.ts'
import type { Sample, Store } from './store.ts'

export class MemoryStore implements Store {
  readonly name: string
  readonly schema = 'memory'
  model = ''
  /** What readers see. */
  shown = 1
  /** Awaited before readers are moved; what it throws is thrown by `show`. */
  showing: () => Promise<void> | void = () => {}
  /** What searches do not find, though it is there. */
  readonly hidden = new Set<string>()
  readonly #sinks = new Map<number, MemorySink>()
  readonly #options: (generation: number) => MemorySinkOptions

  constructor(name = 'memory', options: (generation: number) => MemorySinkOptions = () => ({})) {
    this.name = name
    this.#options = options
  }

  places(generation: number): readonly string[] {
    return [`memory-g${generation}`]
  }

  /** The content of a generation outlives the sinks that write it. */
  of(generation: number): MemorySink {
    const known = this.#sinks.get(generation)
    if (known !== undefined) return known
    const sink = new MemorySink({ name: this.name, generation, ...this.#options(generation) })
    this.#sinks.set(generation, sink)
    return sink
  }

  sink(generation: number): Sink {
    return this.of(generation)
  }

  async show(generation: number): Promise<void> {
    await this.showing()
    this.shown = generation
  }

  async finds(generation: number, { workspace, id }: Sample): Promise<boolean> {
    return !this.hidden.has(id) && this.of(generation).get(workspace, id) !== undefined
  }

  async drop(generation: number): Promise<void> {
    if (generation === this.shown) throw new Error(`Readers see generation ${generation}.`)
    this.#sinks.delete(generation)
  }

  has(generation: number): boolean {
    return this.#sinks.has(generation)
  }

  async close(): Promise<void> {}
}
