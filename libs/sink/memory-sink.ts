/**
 * A store in memory that keeps every promise of the port and can be told to fail: for tests of the loop, of verify and of
 * whatever stands above sinks.
 */
import type { Address, Holding, Put, Refusal, Sink, Write } from './sink.ts'

type Kept = { readonly workspace: string; readonly version: number; readonly put: Put | undefined }

export interface MemorySinkOptions {
  readonly name?: string
  readonly generation?: number
  /** Awaited before anything is applied; what it throws is thrown by `write`. */
  readonly before?: (writes: readonly Write[], signal: AbortSignal) => Promise<void> | void
  /** Awaited after everything is applied, before `write` answers. */
  readonly after?: (writes: readonly Write[]) => Promise<void> | void
  /** A reason refuses the document. */
  readonly refuse?: (put: Put) => string | undefined
  readonly opening?: () => Promise<void> | void
}

export class MemorySink implements Sink {
  readonly name: string
  readonly generation: number
  /** Every call of `write` that was made, applied or not. */
  readonly calls: (readonly Write[])[] = []
  readonly #options: MemorySinkOptions
  readonly #kept = new Map<string, Kept>()
  closed = false

  constructor(options: MemorySinkOptions = {}) {
    this.name = options.name ?? 'memory'
    this.generation = options.generation ?? 1
    this.#options = options
  }

  async open(): Promise<void> {
    await this.#options.opening?.()
  }

  async write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
    signal.throwIfAborted()
    this.calls.push(writes)
    await this.#options.before?.(writes, signal)
    const refusals: Refusal[] = []
    for (const write of writes) {
      const reason = write.kind === 'put' ? this.#options.refuse?.(write) : undefined
      if (reason === undefined) this.#apply(write)
      else refusals.push({ write, reason })
    }
    await this.#options.after?.(writes)
    return refusals
  }

  #apply(write: Write): void {
    const kept = this.#kept.get(write.id)
    if (kept !== undefined && kept.version > write.version) return
    const { workspace, version } = write
    switch (write.kind) {
      case 'put':
        this.#kept.set(write.id, { workspace, version, put: write })
        return
      case 'delete':
        this.#kept.set(write.id, { workspace, version, put: undefined })
        return
      case 'forget':
        this.#kept.delete(write.id)
    }
  }

  /** The living document of this record. */
  get(workspace: string, id: string): Put | undefined {
    const kept = this.#kept.get(id)
    return kept?.workspace === workspace ? kept.put : undefined
  }

  /** Loses a document, as a store should not. */
  lose(id: string): void {
    this.#kept.delete(id)
  }

  async refresh(): Promise<void> {}

  async *scan(only?: Address): AsyncIterable<Holding> {
    for (const [id, { workspace, version, put }] of this.#kept) {
      if (only !== undefined && only.id !== id) continue
      yield { id, workspace, version, hash: put?.hash ?? '', deleted: put === undefined }
    }
  }

  async close(): Promise<void> {
    this.closed = true
  }
}
