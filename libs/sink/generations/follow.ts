/**
 * A sink that writes whatever generation is live: begins with the first, changes when another is switched to, and keeps the
 * house while it runs: finishes a switch whose process died, drops what was retired long enough ago, and, where that is
 * wished, builds a new generation when the code is another than the one that built the live one.
 */
import { type AppContext, gauge, type Health, type RunningApp } from '@attio-stream/service'
import { sleep } from '@attio-stream/stream'
import { messageOf, Patience } from '../patience.ts'
import { runSink, type SinkRunOptions } from '../run.ts'
import { StoreError } from '../sink.ts'
import { differs, type Generation, type GenerationKey } from './generation.ts'
import type { Generations } from './registry.ts'
import type { Store } from './store.ts'
import { tidy } from './tidy.ts'

export interface FollowOptions extends Omit<SinkRunOptions, 'sink'>, Pick<AppContext, 'logger' | 'metrics'> {
  readonly store: Store
  /** Reaches the registry; asked again while it cannot. */
  readonly generations: () => Promise<Generations>
  readonly key: GenerationKey
  /** How long a retired generation is kept, ms. */
  readonly keepMs: number
  /** Builds a generation by this code; absent when nobody wishes that it be begun by itself. */
  readonly rebuild?: (generations: Generations, signal: AbortSignal) => Promise<void>
  /** How often everything is looked at, beside being told, ms. Default 5 000. */
  readonly everyMs?: number
}

export function followLive(options: FollowOptions): RunningApp {
  return new Follower(options)
}

class Follower implements RunningApp {
  readonly failed: Promise<never>
  readonly #options: FollowOptions
  readonly #fail: (error: unknown) => void
  readonly #stopping = new AbortController()
  readonly #patience: Patience
  readonly #working: Promise<void>
  /** Set when there is something to look at. */
  #wake = Promise.withResolvers<void>()
  #loop: RunningApp | undefined
  #live: Generation | undefined
  #note = ''
  #names: readonly string[] = []

  constructor(options: FollowOptions) {
    this.#options = options
    this.#patience = new Patience(options.logger, this.#stopping.signal)
    const failed = Promise.withResolvers<never>()
    this.failed = failed.promise
    this.failed.catch(() => undefined)
    this.#fail = failed.reject
    gauge(options.metrics, {
      name: 'sink_generation',
      help: 'The generation this sink writes.',
      collect: (self) => self.set(this.#live?.number ?? 0),
    })
    gauge(options.metrics, {
      name: 'sink_generation_outdated',
      help: '1 while the live generation was built by another version than this one: a rebuild is due.',
      collect: (self) => self.set(this.#note === '' ? 0 : 1),
    })
    this.#working = this.#work().catch((error) => {
      if (!this.#stopping.signal.aborted) failed.reject(error)
    })
  }

  health(): Health {
    const health = this.#loop?.health()
    if (health === undefined)
      return this.#patience.trouble === undefined
        ? { state: 'starting', reason: 'connecting' }
        : { state: 'amber', reason: this.#patience.trouble }
    return this.#note === '' ? health : { ...health, reason: `${health.reason}; ${this.#note}` }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'))
    this.#wake.resolve()
    await this.#working
    await this.#loop?.stop()
    await this.#options.store.close()
  }

  async #work(): Promise<void> {
    const { store, key, everyMs = 5_000 } = this.#options
    const places = (number: number) => store.places(number)
    const mayHeal = (error: unknown) => !(error instanceof TypeError)
    const look = async () => {
      const generations = await this.#options.generations()
      return { generations, live: await generations.live({ key, places }) }
    }
    const { generations, live } = await this.#patience.until('The generations cannot be read', look, { mayHeal })
    await this.#begin(generations, live)
    const watch = () => generations.watch(() => this.#wake.resolve())
    const watching = await this.#patience.until('Steps of generations cannot be watched', watch, { mayHeal })
    const rebuilding = this.#rebuild(generations, live)
    try {
      while (!this.#stopping.signal.aborted) {
        await this.#look(generations).catch((error) => {
          if (!(error instanceof StoreError)) this.#options.logger.warn({ error }, 'Generations cannot be looked at.')
        })
        const timer = sleep(everyMs, this.#stopping.signal).catch(() => undefined)
        await Promise.race([this.#wake.promise, timer])
        this.#wake = Promise.withResolvers()
      }
    } finally {
      await watching.close()
      await rebuilding
    }
  }

  async #look(generations: Generations): Promise<void> {
    const all = await generations.all()
    const live = all.find(({ state }) => state === 'live')
    if (live !== undefined && live.number !== this.#live?.number) await this.#begin(generations, live)
    if (live !== undefined && live.followedAt === null && this.#loop?.health().state === 'green')
      await generations.followed(live.number)
    else if (live?.followedAt === null) setTimeout(() => this.#wake.resolve(), 100).unref()
    await tidy(generations, { store: this.#options.store, keepMs: this.#options.keepMs, logger: this.#options.logger })
  }

  /** One loop at a time: the builder writes the new one until we do. */
  async #begin(generations: Generations, live: Generation): Promise<void> {
    const { store, logger, metrics, key } = this.#options
    await this.#loop?.stop()
    for (const name of this.#names) metrics.removeSingleMetric(name)
    if (this.#stopping.signal.aborted) return
    this.#note = differs(live, key) ?? ''
    if (this.#note !== '') logger.warn(this.#note)
    logger.info(
      { generation: live.number, places: live.places },
      `Writes generation ${live.number} of ${generations.sink}.`,
    )
    const before = new Set(metrics.getMetricsAsArray().map(({ name }) => name))
    const loop = runSink({ ...this.#options, sink: store.sink(live.number) })
    this.#names = metrics.getMetricsAsArray().flatMap(({ name }) => (before.has(name) ? [] : [name]))
    this.#loop = loop
    this.#live = live
    loop.failed.catch((error) => {
      // Another version's index may have another shape: red, until a generation of this version is live.
      if (this.#loop === loop && this.#note === '') this.#fail(error)
    })
  }

  /** Once per start; what fails is said, and done again by hand or at the next start. */
  async #rebuild(generations: Generations, live: Generation): Promise<void> {
    const { rebuild, key, logger } = this.#options
    if (rebuild === undefined || differs(live, key) === undefined) return
    try {
      await rebuild(generations, this.#stopping.signal)
    } catch (error) {
      if (!this.#stopping.signal.aborted) logger.error(`The rebuild did not succeed: ${messageOf(error)}`)
    }
  }
}
