/**
 * One partition of an input taken once more, behind the live one: read ahead in the background, stepped in slices that share
 * a transaction with live work, and how far it is goes into the same transaction. Whoever takes the partition over goes on
 * from there. When a slice runs is task-loop.ts's decision.
 */
import type { Replay, TopicName } from '@attio-stream/contracts'
import type { Batch } from './batch.ts'
import { Poison } from './errors.ts'
import { inputOf } from './input.ts'
import { ReadAhead } from './read-ahead.ts'
import { progressKey, REPLAYS } from './replay-board.ts'
import type { RunContext } from './run-context.ts'
import type { Restepped, Task } from './stage.ts'
import { MAX_KEY_BYTES } from './table.ts'

/** A slice holds up live work no longer than this. */
const SLICE_MS = 15

export interface ReplayingOptions {
  readonly context: RunContext
  readonly partition: number
  readonly topic: TopicName
  /** What is asked for, and how far it is already. */
  readonly begun: Replay
  /** Nobody asked but the stage's own new code: nothing is told of it. */
  readonly unasked: boolean
  /** There is something to take. */
  readonly onReady: () => void
}

export class Replaying {
  readonly id: string
  readonly unasked: boolean
  readonly #options: ReplayingOptions
  readonly #ahead: ReadAhead
  #replay: Replay

  constructor(options: ReplayingOptions) {
    const { context, partition, topic, begun, unasked, onReady } = options
    this.id = begun.id
    this.unasked = unasked
    this.#options = options
    this.#replay = begun
    const ranges = [() => ({ topic, from: begun.position, to: begun.to })]
    this.#ahead = new ReadAhead({ context, partition, ranges, onReady })
  }

  /** There is something to take, or to tell. */
  get ready(): boolean {
    return !this.#replay.done && this.#ahead.ready
  }

  /** How far it is. */
  get replay(): Replay {
    return this.#replay
  }

  /** All of it was taken; true for all once the batch it was told in is committed. */
  get done(): boolean {
    return this.#replay.done
  }

  /** At most `most` messages, into the batch. */
  take(task: Task, batch: Batch, most: number): void {
    if (!this.ready) return
    const deadline = performance.now() + SLICE_MS
    for (let taken = 0; taken < most && !batch.full && performance.now() < deadline; taken++)
      if (!this.#takeOne(task, batch)) break
    if (this.#ahead.empty) this.#replay = { ...this.#replay, position: this.#replay.to, done: true }
    if (this.unasked) return
    const { stage } = this.#options.context
    batch.emit([{ topic: REPLAYS, key: progressKey(stage.name, this.#options.partition), value: this.#replay }])
  }

  async stop(): Promise<void> {
    await this.#ahead.stop()
  }

  /** false: nothing is there to be taken. */
  #takeOne(task: Task, batch: Batch): boolean {
    const message = this.#ahead.shift()
    if (message === undefined) return false
    const { context } = this.#options
    const { workspace_id: only, dry_run, entries } = this.#replay
    this.#replay = { ...this.#replay, position: message.offset + 1 }
    if (only !== null && message.headers.workspace !== only) return true
    let { looked, differed, unreadable } = this.#replay
    const outputs = this.#restepped(() => {
      if (Buffer.byteLength(message.key) > MAX_KEY_BYTES) return 'unreadable'
      const differing = task.restep?.(inputOf(message, context.codec), context.clock.now(), { entries }) ?? []
      if (typeof differing !== 'string' && !dry_run) batch.emit(differing)
      return differing
    })
    if (outputs === 'superseded') return true
    looked++
    if (outputs === 'unreadable') unreadable++
    else if (outputs.some(({ localOnly }) => localOnly !== true)) differed++
    this.#replay = { ...this.#replay, looked, differed, unreadable }
    return true
  }

  #restepped(step: () => Restepped): Restepped {
    try {
      return step()
    } catch (error) {
      if (error instanceof Poison) return 'unreadable'
      throw error
    }
  }
}
