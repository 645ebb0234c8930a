/**
 * Input tables of one partition filled behind live work, after their disk was lost: what had been committed before is read
 * ahead in the background and put in slices. What is newer of a key is there already, or comes by live work (table.ts). When a
 * slice runs is task-loop.ts's decision.
 */
import type { TopicName } from '@attio-stream/contracts'
import { Poison } from './errors.ts'
import type { StoredMessage } from './log.ts'
import { ReadAhead } from './read-ahead.ts'
import type { RunContext } from './run-context.ts'
import type { DiskTable } from './table.ts'

/** A slice holds up live work no longer than this. */
const SLICE_MS = 5
/** When nothing came for so long, slice follows slice; until then there is one in so long, ms. */
const QUIET_MS = 250
const SHARE_MS = 100
/** Written at once, because the more is written at once the fewer pages are written twice. */
const GATHERED = 2 * 1024 * 1024

/** What the tables of a topic do not contain yet: everything in [from, to). They contain [to, end). */
export interface Behind {
  readonly topic: TopicName
  readonly from: number
  readonly to: number
  readonly end: number
}

export interface FillingOptions {
  readonly context: RunContext
  readonly partition: number
  readonly behind: readonly Behind[]
  readonly tables: readonly DiskTable[]
  /** There is something to take. */
  readonly onReady: () => void
}

export class Filling {
  /** By topic: all before it is in the tables once this is done. */
  readonly ends = new Map<TopicName, number>()
  messages = 0
  readonly #tables: readonly DiskTable[]
  readonly #ahead: ReadAhead
  #gathered = 0
  /** When the last slice was taken. */
  #taken = Number.NEGATIVE_INFINITY

  constructor({ context, partition, behind, tables, onReady }: FillingOptions) {
    this.#tables = tables
    const ranges = behind.flatMap(({ topic, from, to, end }) => [
      () => ({ topic, from, to }),
      // Log compaction may have taken a key from what was read, because it is in what came meanwhile.
      async () => {
        const ends = await context.log.ends(topic)
        this.ends.set(topic, Math.max(end, ends[partition] ?? 0))
        return { topic, from: end, to: this.ends.get(topic) ?? end }
      },
    ])
    this.#ahead = new ReadAhead({ context, partition, ranges, onReady })
  }

  /** ms until the next slice; Infinity: there is none yet. `touched`: when live work last came. */
  dueIn(now: number, touched: number): number {
    if (!this.#ahead.ready) return Number.POSITIVE_INFINITY
    return Math.max(0, Math.min(touched + QUIET_MS, this.#taken + SHARE_MS) - now)
  }

  /** Everything is in the tables. */
  get done(): boolean {
    return this.#ahead.empty
  }

  /** It is too early to write what was put so far. */
  get gathering(): boolean {
    return this.#gathered < GATHERED && !this.done
  }

  /** All that was put is being written. */
  flushed(): void {
    this.#gathered = 0
  }

  take(now: number): void {
    this.#taken = now
    const deadline = performance.now() + SLICE_MS
    while (this.gathering && performance.now() < deadline) {
      const message = this.#ahead.shift()
      if (message === undefined) return
      this.#put(message)
    }
  }

  async stop(): Promise<void> {
    await this.#ahead.stop()
  }

  #put(message: StoredMessage): void {
    this.messages++
    this.#gathered += message.key.length + (message.value?.length ?? 0)
    for (const table of this.#tables) {
      if (table.spec.topic !== message.topic) continue
      try {
        table.put(message)
      } catch (error) {
        // It was buried when it was stepped.
        if (!(error instanceof Poison)) throw error
      }
    }
  }
}
