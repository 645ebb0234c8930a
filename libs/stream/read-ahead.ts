/**
 * Ranges of one partition read one after the other in the background, for work that is done in slices behind live work:
 * what was read waits here, no more than a queue holds; whatever fails is tried again from where it stopped.
 */
import type { TopicName } from '@attio-stream/contracts'
import { isBug } from './errors.ts'
import { valuesOf } from './globals.ts'
import type { StoredMessage } from './log.ts'
import { Queue } from './queue.ts'
import { retry } from './retry.ts'
import type { RunContext } from './run-context.ts'
import { readRange } from './takeover.ts'

export interface Range {
  readonly topic: TopicName
  /** Offsets, `to` not included. */
  readonly from: number
  readonly to: number
}
export interface ReadAheadOptions {
  readonly context: RunContext
  readonly partition: number
  /** Each is asked for when the one before it was read. */
  readonly ranges: readonly (() => Range | Promise<Range>)[]
  /** There is something to take, or all was read. */
  readonly onReady: () => void
}

export class ReadAhead {
  readonly #options: ReadAheadOptions
  readonly #queue = new Queue()
  readonly #stopping = new AbortController()
  readonly #reading: Promise<void>
  #allRead = false

  constructor(options: ReadAheadOptions) {
    this.#options = options
    this.#reading = this.#read().catch((error) => {
      if (!this.#stopping.signal.aborted) options.context.fail(error)
    })
  }

  /** A message waits, or none will come any more. */
  get ready(): boolean {
    return this.#queue.length > 0 || this.#allRead
  }

  /** All was read, and taken. */
  get empty(): boolean {
    return this.#queue.length === 0 && this.#allRead
  }

  shift(): StoredMessage | undefined {
    return this.#queue.shift()
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'))
    this.#queue.release()
    await this.#reading
  }

  async #read(): Promise<void> {
    const { context, partition, ranges, onReady } = this.#options
    const { signal } = this.#stopping
    for (const range of ranges) {
      const { topic, from, to } = await this.#patiently(async () => range())
      let next = from
      await this.#patiently(() =>
        readRange({ log: context.log, topic, partition, from: next, to, signal }, async (messages) => {
          await context.codec.prepare(topic, valuesOf(messages))
          const room = this.#queue.push(topic, messages)
          next = (messages.at(-1)?.offset ?? next) + 1
          onReady()
          await room
        }),
      )
    }
    this.#allRead = true
    onReady()
  }

  #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { context, partition } = this.#options
    return retry(work, {
      signal: this.#stopping.signal,
      mayHeal: (error) => !isBug(error),
      onRetry: (error) => context.hooks.trouble?.(partition, error),
      wait: (ms, signal) => context.clock.sleep(ms, signal),
    })
  }
}
