/**
 * One partition of an input taken once more, behind the live one: read ahead in the background, stepped in slices that share
 * a transaction with live work, and how far it is goes into the same transaction. Whoever takes the partition over goes on
 * from there. When a slice runs is task-loop.ts's decision.
 */
import type { Replay, TopicName } from '@attio-stream/contracts'
import type { Batch } from './batch.ts'
import { isBug, Poison } from './errors.ts'
import { valuesOf } from './globals.ts'
import { inputOf } from './input.ts'
import { Queue } from './queue.ts'
import { progressKey, REPLAYS } from './replay-board.ts'
import { backoffMs } from './retry.ts'
import type { RunContext } from './run-context.ts'
import type { Restepped, Task } from './stage.ts'
import { MAX_KEY_BYTES } from './table.ts'
import { readRange } from './takeover.ts'

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
  readonly #queue = new Queue()
  readonly #stopping = new AbortController()
  readonly #reading: Promise<void>
  #replay: Replay
  #readTo: number
  #allRead = false

  constructor(options: ReplayingOptions) {
    const { begun, unasked } = options
    this.id = begun.id
    this.unasked = unasked
    this.#options = options
    this.#replay = begun
    this.#readTo = begun.position
    this.#reading = this.#read()
  }

  /** There is something to take, or to tell. */
  get ready(): boolean {
    return !this.#replay.done && (this.#queue.length > 0 || this.#allRead)
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
    if (this.#allRead && this.#queue.length === 0)
      this.#replay = { ...this.#replay, position: this.#replay.to, done: true }
    if (this.unasked) return
    const { stage } = this.#options.context
    batch.emit([{ topic: REPLAYS, key: progressKey(stage.name, this.#options.partition), value: this.#replay }])
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'))
    this.#queue.release()
    await this.#reading
  }

  /** false: nothing is there to be taken. */
  #takeOne(task: Task, batch: Batch): boolean {
    const message = this.#queue.shift()
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

  async #read(): Promise<void> {
    const { context, partition, topic, onReady } = this.#options
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const range = { log: context.log, topic, partition, from: this.#readTo, to: this.#replay.to, signal }
        await readRange(range, async (messages) => {
          await context.codec.prepare(topic, valuesOf(messages))
          const room = this.#queue.push(topic, messages)
          this.#readTo = (messages.at(-1)?.offset ?? this.#readTo) + 1
          onReady()
          await room
        })
        this.#allRead = true
        onReady()
        return
      } catch (error) {
        if (signal.aborted) return
        if (isBug(error)) return context.fail(error)
        context.hooks.trouble?.(partition, error)
        await context.clock.sleep(backoffMs(attempt), signal).catch(() => {})
      }
    }
  }
}
