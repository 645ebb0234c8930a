/**
 * Sends the messages of many requests together: they wait at most `lingerMs` for company, and each caller learns whether
 * the brokers have its own. Bounded: when the brokers fall behind, new callers are refused at once instead of queueing.
 */
import { LogUnavailable, type Output, type Publisher } from '@attio-stream/stream'

export interface CoalescerOptions {
  readonly lingerMs: number
  /** From a caller's arrival to its failure, ms. */
  readonly timeoutMs: number
  /** Batches on their way at once. */
  readonly inFlight?: number
  /** Messages in one batch. */
  readonly batch?: number
  /** Messages waiting, all callers together. */
  readonly backlog?: number
  readonly onBatch?: (messages: number) => void
}

interface Waiting {
  readonly outputs: readonly Output[]
  readonly deadline: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Coalescer {
  readonly #publisher: Publisher
  readonly #options: Required<Omit<CoalescerOptions, 'onBatch'>> & Pick<CoalescerOptions, 'onBatch'>
  #waiting: Waiting[] = []
  #messages = 0
  #timer: NodeJS.Timeout | undefined
  readonly #flying = new Set<Promise<void>>()

  constructor(publisher: Publisher, options: CoalescerOptions) {
    this.#publisher = publisher
    this.#options = { inFlight: 4, batch: 1000, backlog: 50_000, ...options }
  }

  /** Resolves when the brokers have all of them. @throws LogUnavailable. */
  async send(outputs: readonly Output[]): Promise<void> {
    if (outputs.length === 0) return
    if (this.#messages + outputs.length > this.#options.backlog)
      throw new LogUnavailable('Too many messages wait for the brokers already.')
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ outputs, deadline: Date.now() + this.#options.timeoutMs, resolve, reject })
    this.#messages += outputs.length
    if (this.#messages >= this.#options.batch) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), this.#options.lingerMs)
    return promise
  }

  /** Sends what waits and resolves when nothing is on its way any more. */
  async close(): Promise<void> {
    while (this.#waiting.length > 0 || this.#flying.size > 0) {
      this.#flush()
      await Promise.race(this.#flying)
    }
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#waiting.length > 0 && this.#flying.size < this.#options.inFlight) {
      const batch = this.#take()
      const flight = this.#publish(batch).finally(() => {
        this.#flying.delete(flight)
        // What waited because too many batches were on their way.
        if (this.#waiting.length > 0 && this.#timer === undefined) this.#flush()
      })
      this.#flying.add(flight)
    }
  }

  #take(): readonly Waiting[] {
    let messages = 0
    let count = 0
    for (const { outputs } of this.#waiting) {
      if (count > 0 && messages + outputs.length > this.#options.batch) break
      messages += outputs.length
      count += 1
    }
    this.#messages -= messages
    return this.#waiting.splice(0, count)
  }

  async #publish(batch: readonly Waiting[]): Promise<void> {
    const outputs = batch.flatMap((waiting) => waiting.outputs)
    this.#options.onBatch?.(outputs.length)
    try {
      const left = Math.min(...batch.map((waiting) => waiting.deadline)) - Date.now()
      if (left <= 0) throw new LogUnavailable('The brokers were too slow for this delivery.')
      await this.#within(this.#publisher.publish(outputs, { timeoutMs: left }), left)
      for (const waiting of batch) waiting.resolve()
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    }
  }

  /** The log keeps its own deadline, but not while it looks for its brokers. */
  async #within(work: Promise<void>, ms: number): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new LogUnavailable('The brokers did not answer in time.')), ms + 50)
    try {
      await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
      work.catch(() => undefined)
    }
  }
}
