/**
 * Runs a stage on a Log, exactly once: joins its group, gives every partition number a task of its own, keeps the global
 * tables, ticks, and says how it is. What a task does is in task-loop.ts, how it begins in takeover.ts.
 */
import { join } from 'node:path'
import { TOPIC_NAMES, type TopicName } from '@attio-stream/contracts'
import { TRANSACTION_LIMITS, type TransactionLimits } from './batch.ts'
import { Breaker, type BreakerLimits } from './breaker.ts'
import { type BuryOutside, buryOutside } from './bury-outside.ts'
import type { Codec } from './codec.ts'
import { LogUnavailable } from './errors.ts'
import { Globals } from './globals.ts'
import { lagsOf } from './lags.ts'
import type { GroupMember, Log, TopicPartition, TopicPartitionOffset } from './log.ts'
import { REPLAYS, ReplayBoard } from './replay-board.ts'
import { retry, sleep } from './retry.ts'
import type { Clock, RunContext, StageHealth, StageHooks } from './run-context.ts'
import type { Stage, TableSpec } from './stage.ts'
import { TaskLoop } from './task-loop.ts'

export interface RunStageOptions {
  readonly log: Log
  readonly codec: Codec
  /** Tables on disk, in a folder named after the stage. For one process alone. */
  readonly directory: string
  /** Of the stage's code: another one than the tables were made with has everything looked at again. Default ''. */
  readonly version?: string
  readonly clock?: Clock
  readonly hooks?: StageHooks
  /** Aborted: stops as `stop` does. */
  readonly signal?: AbortSignal
  /** Default 60 000. */
  readonly tickMs?: number
  readonly sessionTimeoutMs?: number
  /** How long a fenced task waits to be revoked before it takes its partition over again, ms. Default 5 000. */
  readonly fencedWaitMs?: number
  /** When most of what is read can never succeed, the stage stands still. Default BREAKER. */
  readonly breaker?: BreakerLimits
  /** What goes into one transaction at most. Default TRANSACTION_LIMITS. */
  readonly limits?: TransactionLimits
}

export interface RunningStage {
  health(): StageHealth
  /** Messages not processed yet of the partitions of this process, as of the last look (every 10 s). */
  lag(): number
  /** Partition numbers of this process. */
  partitions(): readonly number[]
  /** Finishes what is in hand, commits, closes. */
  stop(): Promise<void>
  /** Rejects when the stage cannot go on: a bug in it, or brokers that refuse for good. */
  readonly failed: Promise<never>
}
const LAG_MS = 10_000

export function runStage<Tables extends Readonly<Record<string, TableSpec>>>(
  stage: Stage<Tables>,
  options: RunStageOptions,
): RunningStage {
  return new StageRunner(stage as unknown as Stage, options)
}

class StageRunner implements RunningStage {
  readonly failed: Promise<never>
  readonly #stage: Stage
  readonly #options: RunStageOptions
  readonly #clock: Clock
  readonly #bury: BuryOutside
  readonly #loops = new Map<number, TaskLoop>()
  readonly #troubled = new Map<number, StageHealth>()
  readonly #lags = new Map<number, number>()
  readonly #stopping = new AbortController()
  readonly #fail: (error: unknown) => void
  readonly #started: Promise<void>
  #timers: NodeJS.Timeout[] = []
  #globals: Globals | undefined
  #replays: ReplayBoard | undefined
  #member: GroupMember | undefined
  #health: StageHealth = { state: 'starting', reason: 'starting' }
  #stopped: Promise<void> | undefined
  #context: RunContext | undefined

  constructor(stage: Stage, options: RunStageOptions) {
    this.#stage = stage
    this.#options = options
    this.#clock = options.clock ?? { now: Date.now, sleep }
    this.#bury = buryOutside({ ...options, stage: stage.name, clock: this.#clock, signal: this.#stopping.signal })
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => {})
    this.failed = failed.promise
    this.#fail = (error) => {
      this.#health = { state: 'red', reason: error instanceof Error ? error.message : 'failed' }
      failed.reject(error)
    }
    options.signal?.addEventListener('abort', () => void this.stop().catch(this.#fail), { once: true })
    this.#started = this.#start().catch((error) => {
      if (!this.#stopping.signal.aborted) this.#fail(error)
    })
  }

  health(): StageHealth {
    if (this.#health.state !== 'green') return this.#health
    for (const health of this.#troubled.values()) return health
    return this.#health
  }

  lag(): number {
    return [...this.#lags.values()].reduce((sum, lag) => sum + lag, 0)
  }

  partitions(): readonly number[] {
    return [...this.#loops.keys()].sort((a, b) => a - b)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #start(): Promise<void> {
    const { log, codec, directory, version = '', hooks = {}, sessionTimeoutMs, fencedWaitMs = 5_000 } = this.#options
    const stage = this.#stage
    const counts = await this.#patiently(() => this.#counts())
    const specs = Object.fromEntries(Object.entries(stage.tables).filter(([, { side }]) => side === 'global'))
    if (Object.keys(specs).length > 0) await this.#startGlobals(specs)
    if (stage.replay !== undefined && counts.has(REPLAYS)) await this.#startReplays()
    this.#stopping.signal.throwIfAborted()
    this.#context = {
      stage,
      log,
      codec,
      globals: this.#globals,
      replays: this.#replays,
      counts,
      version,
      clock: this.#clock,
      hooks,
      fencedWaitMs,
      limits: this.#options.limits ?? TRANSACTION_LIMITS,
      tableDirectory: (partition) => join(directory, stage.name, String(partition)),
      breaker: new Breaker(this.#options.breaker),
      bury: this.#bury,
      fail: (error) => this.#fail(error),
      halt: (reason) => this.#halt(reason),
      halted: () => this.#health.state === 'red',
      report: (partition, health) => {
        if (health === undefined || health.state === 'green') this.#troubled.delete(partition)
        else this.#troubled.set(partition, health)
      },
    }
    const member = await this.#patiently(() =>
      log.join({
        group: stage.name,
        topics: stage.from,
        coPartitioned: true,
        ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
        handler: {
          assigned: (partitions) => this.#assigned(partitions),
          revoked: (partitions) => this.#revoked(partitions),
          messages: async (topic, partition, messages) => {
            await this.#loops.get(partition)?.push(topic as TopicName, messages)
          },
        },
      }),
    )
    this.#member = member
    member.failed.catch((error) => this.#fail(error))
    // A task may have come to a halt already.
    if (!this.#context.halted()) this.#health = { state: 'green', reason: '' }
    const { tickMs = 60_000 } = this.#options
    this.#every(tickMs, () => {
      for (const loop of this.#loops.values()) loop.tick()
      void this.#globals?.checkpoint().catch((error) => this.#fail(error))
    })
    this.#every(LAG_MS, () => void this.#lookAtLag().catch(() => {}))
  }

  #halt(reason: string): void {
    if (this.#health.state === 'red') return
    this.#health = { state: 'red', reason }
    this.#options.hooks?.halted?.(reason)
  }

  async #startGlobals(specs: Readonly<Record<string, TableSpec>>): Promise<void> {
    const { log, codec, directory } = this.#options
    this.#globals = await this.#patiently(async () => {
      const globals = new Globals({
        log,
        codec,
        directory: join(directory, this.#stage.name, 'globals'),
        specs,
        now: this.#clock.now,
        signal: this.#stopping.signal,
        bury: this.#bury,
        onChanged: (topic, key) => {
          for (const loop of this.#loops.values()) loop.globalChanged(topic, key)
        },
      })
      try {
        await globals.start()
        return globals
      } catch (error) {
        await globals.close()
        throw error
      }
    })
    this.#globals.failed.catch((error) => {
      if (!this.#stopping.signal.aborted) this.#fail(error)
    })
  }

  async #startReplays(): Promise<void> {
    const { log, codec } = this.#options
    const onRequest = () => {
      for (const loop of this.#loops.values()) loop.replayAsked()
    }
    const options = { log, codec, stage: this.#stage.name, signal: this.#stopping.signal, onRequest }
    this.#replays = await this.#patiently(() => ReplayBoard.open(options))
    this.#replays.failed.catch((error) => {
      if (!this.#stopping.signal.aborted) this.#fail(error)
    })
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]> {
    const context = this.#context
    if (context === undefined || this.#stopping.signal.aborted) return []
    const numbers = new Set(partitions.map(({ partition }) => partition))
    const starts = await Promise.all(
      [...numbers].map(async (number) => {
        const loop = new TaskLoop(context, number)
        this.#loops.set(number, loop)
        return loop.begin()
      }),
    )
    return starts.flat()
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const numbers = new Set(partitions.map(({ partition }) => partition))
    await Promise.all(
      [...numbers].map(async (number) => {
        const loop = this.#loops.get(number)
        this.#loops.delete(number)
        this.#lags.delete(number)
        await loop?.stop()
      }),
    )
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'))
    for (const timer of this.#timers) clearInterval(timer)
    await this.#started
    // Tasks first, so that nobody waits for room in a queue; then the group hears of it.
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()))
    await this.#member?.leave()
    await this.#replays?.close()
    await this.#globals?.close()
  }

  async #counts(): Promise<ReadonlyMap<TopicName, number>> {
    const counts = new Map<TopicName, number>()
    for (const topic of TOPIC_NAMES) {
      try {
        counts.set(topic, await this.#options.log.partitions(topic))
      } catch (error) {
        if (error instanceof LogUnavailable || this.#stage.from.includes(topic)) throw error
      }
    }
    return counts
  }

  async #lookAtLag(): Promise<void> {
    if (this.#loops.size === 0) return
    const lags = await lagsOf(this.#options.log, this.#stage.from, this.#loops)
    for (const [number, lag] of lags) {
      this.#lags.set(number, lag)
      this.#options.hooks?.lag?.(number, lag)
    }
  }

  /** The brokers or the registry may be away when the process starts: that heals. */
  #patiently<T>(work: () => Promise<T>): Promise<T> {
    return retry(work, {
      signal: this.#stopping.signal,
      mayHeal: (error) => error instanceof LogUnavailable,
      onRetry: (error) => {
        this.#health = { state: 'amber', reason: error instanceof Error ? error.message : 'not started yet' }
      },
      wait: (ms, signal) => this.#clock.sleep(ms, signal),
    })
  }

  #every(ms: number, work: () => void): void {
    const timer = setInterval(work, ms)
    timer.unref()
    this.#timers.push(timer)
  }
}
