/**
 * What crm.replays says about one stage, as this process sees it: what it is asked to take again, and how far each partition
 * is. It may lag behind by a moment; then a partition takes some of its input twice, which changes nothing.
 */
import type { Replay } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import { DecodeError } from './errors.ts'
import { valuesOf } from './globals.ts'
import type { Log, Reader, StoredMessage } from './log.ts'

export const REPLAYS = 'crm.replays'

/** Key of how far a partition is; a request's key is the stage alone. */
export const progressKey = (stage: string, partition: number): string => `${stage}/${partition}`

export interface BoardOptions {
  readonly log: Log
  readonly codec: Codec
  readonly stage: string
  readonly signal: AbortSignal
  /** Asked for something, or for nothing any more. */
  readonly onRequest?: (request: Replay | undefined) => void
}

export class ReplayBoard {
  readonly #options: BoardOptions
  readonly #progress = new Map<number, Replay>()
  #request: Replay | undefined
  #reader: Reader | undefined
  #read = false

  private constructor(options: BoardOptions) {
    this.#options = options
  }

  /** Knows all there is now, and follows until `close`. */
  static async open(options: BoardOptions): Promise<ReplayBoard> {
    const board = new ReplayBoard(options)
    try {
      await board.#start()
      return board
    } catch (error) {
      await board.close()
      throw error
    }
  }

  async #start(): Promise<void> {
    const { log, signal } = this.#options
    const begin = (await log.beginnings(REPLAYS))[0] ?? 0
    this.#reader = log.read({
      topic: REPLAYS,
      from: new Map([[0, begin]]),
      until: 'follow',
      onMessages: (_partition, messages) => this.#apply(messages),
      signal,
    })
    await this.#reader.caughtUp
    this.#read = true
  }

  /** What is asked for, whether it is done or not. */
  get request(): Replay | undefined {
    return this.#request
  }

  /** How far the partition is with what is asked for; undefined: not begun. */
  progress(partition: number): Replay | undefined {
    const progress = this.#progress.get(partition)
    return progress?.id === this.#request?.id ? progress : undefined
  }

  /** Rejects when the topic cannot be read for good. */
  get failed(): Promise<unknown> {
    return this.#reader?.done ?? Promise.resolve()
  }

  async close(): Promise<void> {
    await this.#reader?.stop().catch(() => {})
  }

  async #apply(messages: readonly StoredMessage[]): Promise<void> {
    const { codec, stage, onRequest } = this.#options
    await codec.prepare(REPLAYS, valuesOf(messages))
    for (const { key, value } of messages) {
      const [name, partition] = key.split('/')
      if (name !== stage) continue
      const replay = value === null ? undefined : decoded(codec, value)
      if (partition === undefined) {
        this.#request = replay
        if (this.#read) onRequest?.(replay)
      } else if (replay === undefined) this.#progress.delete(Number(partition))
      else this.#progress.set(Number(partition), replay)
    }
  }
}

/** What cannot be read asks for nothing. */
function decoded(codec: Codec, value: Buffer): Replay | undefined {
  try {
    return codec.decode(REPLAYS, value)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
