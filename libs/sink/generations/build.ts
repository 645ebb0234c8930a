/**
 * Brings a generation from where it is to live: fills it in a group of its own while the live one goes on, checks it, moves
 * readers, and writes it until the sink does. May be killed at any moment and called again: the group's offsets and the
 * row's state say where to go on. What fails leaves the live generation untouched and the reason in the row.
 */
import type { AppContext, Health } from '@attio-stream/service'
import { type Codec, type Log, sleep } from '@attio-stream/stream'
import type { BatchLimits } from '../batch.ts'
import { messageOf } from '../patience.ts'
import type { Format } from '../projection.ts'
import { runSink } from '../run.ts'
import { check, isGood, type Verdict, verdictLines } from './check.ts'
import { type Generation, GenerationError, type GenerationKey, sameKey, sinkGroup, UNDER_WAY } from './generation.ts'
import { messagesAfter, positionOf } from './lag.ts'
import { PACE, Pace, type PaceLimits, paced } from './pace.ts'
import type { Generations, Progress } from './registry.ts'
import type { Store } from './store.ts'

export interface BuildOptions extends Pick<AppContext, 'logger' | 'metrics'> {
  readonly store: Store
  readonly generations: Generations
  readonly log: Log
  readonly codec: Codec
  readonly format: Format
  /** What the running code makes. */
  readonly key: GenerationKey
  readonly limits?: Partial<BatchLimits>
  readonly pace?: PaceLimits
  /** For files that are removed again. */
  readonly directory: string
  /** Stops it where it is; it can go on later. */
  readonly signal: AbortSignal
  readonly onProgress?: (generation: Generation, now: Progress & { readonly health: Health }) => void
  readonly onCheck?: (verdict: Verdict) => void
  /** How long the sink may take to write the new live generation itself, ms. Default 30 000. */
  readonly followMs?: number
}

/** Small batches one after the other: a build has time, and live writes go between. */
const LIMITS: Partial<BatchLimits> = { documents: 500, lingerMs: 200, concurrency: 1 }
const TICK = 500
/** Behind by fewer offsets than this it is looked how many messages they are; fewer than that, and it has caught up. */
const NEAR = 1000
/** As a share of all messages; of many, this many. */
const FEW = { share: 0.01, most: 100 }

/** Resolves when the generation is live. @throws GenerationError when it cannot become it; the signal's reason. */
export async function build(number: number, options: BuildOptions): Promise<void> {
  const work = new Build(number, options)
  try {
    await work.run()
  } catch (error) {
    if (options.signal.aborted) throw error
    if (await work.wasCancelled().catch(() => false))
      throw new GenerationError(`Generation ${number} of ${options.generations.sink} was cancelled.`)
    await options.generations.fail(number, messageOf(error)).catch(() => undefined)
    throw error
  } finally {
    await work.stop()
  }
}

class Build {
  readonly #number: number
  readonly #options: BuildOptions
  readonly #group: string
  readonly #pace: Pace
  readonly #sink: ReturnType<Store['sink']>
  readonly #loop: ReturnType<typeof runSink>
  /** Ends what is being done when the caller stops, the loop fails, or somebody cancels. */
  readonly #ending = new AbortController()
  readonly #signal: AbortSignal
  readonly #watching: Promise<void>

  constructor(number: number, options: BuildOptions) {
    const { store, generations, log, codec, format, logger, metrics, limits, pace = PACE } = options
    this.#number = number
    this.#options = options
    this.#group = sinkGroup(store.name, number)
    this.#pace = new Pace(pace, () => this.#liveLag())
    this.#sink = paced(store.sink(number, { building: true }), this.#pace)
    this.#signal = AbortSignal.any([options.signal, this.#ending.signal])
    this.#loop = runSink({
      sink: this.#sink,
      log,
      codec: async () => codec,
      format,
      logger: logger.child({ generation: number, sink: generations.sink }),
      metrics,
      limits: { ...LIMITS, ...limits },
    })
    this.#loop.failed.catch((error) => this.#ending.abort(error))
    this.#watching = this.#watch()
  }

  async run(): Promise<void> {
    const { generations } = this.#options
    let generation = await this.#row()
    if (!UNDER_WAY.includes(generation.state))
      throw new GenerationError(
        `Generation ${this.#number} of ${generations.sink} is ${generation.state}: nothing to build.`,
      )
    if (generation.reason !== '') await generations.fail(this.#number, '')
    if (generation.state === 'building') {
      await this.#caughtUp()
      await generations.move(this.#number, ['building'], 'caught up')
      generation = await this.#row()
    }
    if (!generation.switching) {
      await this.#check(generation)
      if (generation.state === 'caught up') await generations.move(this.#number, ['caught up'], 'verified')
    }
    this.#signal.throwIfAborted()
    await this.#show()
    this.#pace.off()
    await this.#followed()
  }

  async stop(): Promise<void> {
    this.#ending.abort(new GenerationError('stopped'))
    await this.#watching
    await this.#loop.stop()
  }

  /** Somebody gave the generation another state than a build leads to. */
  async wasCancelled(): Promise<boolean> {
    const { state } = await this.#row()
    return !UNDER_WAY.includes(state) && state !== 'live'
  }

  async #row(): Promise<Generation> {
    const { generations } = this.#options
    const found = (await generations.all()).find(({ number }) => number === this.#number)
    if (found === undefined) throw new GenerationError(`${generations.sink} has no generation ${this.#number}.`)
    return found
  }

  /** Tells how far it is, and notices a cancellation and a sink that stands still. */
  async #watch(): Promise<void> {
    const { generations, log, onProgress } = this.#options
    let before: { readonly done: number; readonly at: number } | undefined
    let rate = 0
    while (!this.#signal.aborted) {
      try {
        const health = this.#loop.health()
        if (health.state === 'red') return this.#ending.abort(new GenerationError(health.reason))
        if (await this.wasCancelled()) return this.#ending.abort(new GenerationError('cancelled'))
        const generation = await this.#row()
        const { done, total } = await positionOf(log, this.#group)
        const at = performance.now()
        if (before !== undefined) rate = rate * 0.8 + ((done - before.done) / (at - before.at)) * 1000 * 0.2
        before = { done, at }
        await generations.progress(this.#number, { done, total, rate })
        onProgress?.(generation, { done, total, rate, health })
      } catch {
        // The control database or the brokers do not answer: the build goes on and is looked at again.
      }
      await sleep(TICK, this.#signal).catch(() => undefined)
    }
  }

  /** Messages the live generation is behind. */
  async #liveLag(): Promise<number> {
    const { generations, log } = this.#options
    const live = (await generations.all()).find(({ state }) => state === 'live')
    if (live === undefined) return 0
    const { done, total } = await positionOf(log, sinkGroup(generations.sink, live.number))
    return total - done
  }

  async #caughtUp(): Promise<void> {
    const { log } = this.#options
    for (let before = -1; ; ) {
      const { committed, done, total } = await positionOf(log, this.#group)
      // Behind for good by many offsets that hold no messages: aborted transactions.
      const near = total - done < NEAR || (done === before && done > 0)
      const few = Math.min(FEW.most, total * FEW.share)
      if (near && (await messagesAfter(log, committed, this.#signal)) <= few) return
      before = done
      await sleep(TICK * 2, this.#signal)
    }
  }

  async #check(generation: Generation): Promise<void> {
    const { store, log, codec, format, directory, key, onCheck, generations } = this.#options
    const written = async (read: readonly number[]) => {
      for (;;) {
        const { committed } = await positionOf(log, this.#group)
        if (read.every((offset, p) => (committed[p] ?? 0) >= offset)) return
        await sleep(TICK / 2, this.#signal)
      }
    }
    const contents = sameKey(generation.key, key)
    const of = { store, sink: this.#sink, generation: this.#number, log, codec, format, directory, contents, written }
    const verdict = await check({ ...of, signal: this.#signal })
    onCheck?.(verdict)
    if (isGood(verdict)) return
    throw new GenerationError(
      `Generation ${this.#number} of ${generations.sink} does not hold what it should and stays where it is: ` +
        `${verdictLines(verdict, 10).join('; ')}.`,
    )
  }

  /** Tries while the store does not answer: readers may have been moved already. */
  async #show(): Promise<void> {
    const { generations, store, logger } = this.#options
    for (let attempt = 0; ; attempt++) {
      try {
        return await generations.makeLive(this.#number, () => store.show(this.#number))
      } catch (error) {
        if (error instanceof GenerationError || attempt === 10) throw error
        logger.warn({ error }, 'Readers cannot be moved yet.')
        await sleep(TICK, this.#signal)
      }
    }
  }

  /** Until the sink writes it itself, so that no change waits meanwhile. */
  async #followed(): Promise<void> {
    const { logger, followMs = 30_000 } = this.#options
    const deadline = performance.now() + followMs
    while (performance.now() < deadline) {
      const { followedAt } = await this.#row()
      if (followedAt !== null) return
      await sleep(TICK / 5, this.#signal)
    }
    logger.warn('No sink has taken over writing the new live generation: start one.')
  }
}
