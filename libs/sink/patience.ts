/**
 * Repeats what may heal without end, with backoff, and knows what is being waited for: that is what makes a sink amber.
 * What is done at once may be stopped by a signal only between attempts.
 */
import type { AppContext } from '@attio-stream/service'
import { backoffMs, sleep } from '@attio-stream/stream'

const FIRST_WAIT = 100
const LONGEST_WAIT = 15_000

export class Patience {
  readonly #logger: AppContext['logger']
  readonly #signal: AbortSignal
  readonly #troubles = new Map<object, string>()

  constructor(logger: AppContext['logger'], signal: AbortSignal) {
    this.#logger = logger
    this.#signal = signal
  }

  /** The oldest thing waited for, a sentence. */
  get trouble(): string | undefined {
    return this.#troubles.values().next().value
  }

  over(owner: object): void {
    this.#troubles.delete(owner)
  }

  /** Waits before attempt `attempt` + 1. `trouble` is logged once per owner and must hold no customer text. */
  async wait(owner: object, trouble: string, attempt: number, retryAfterMs?: number): Promise<void> {
    if (!this.#troubles.has(owner)) this.#logger.warn(trouble)
    this.#troubles.set(owner, trouble)
    const backoff = backoffMs(attempt, { firstMs: FIRST_WAIT, maxMs: LONGEST_WAIT })
    await sleep(retryAfterMs === undefined ? backoff : retryAfterMs + Math.min(backoff, 1000), this.#signal)
  }

  /** Throws what may not heal, and the signal's reason when it is aborted. */
  async until<T>(
    what: string,
    work: () => Promise<T>,
    { mayHeal, owner = {} }: { readonly mayHeal: (error: unknown) => boolean; readonly owner?: object },
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      this.#signal.throwIfAborted()
      try {
        const result = await work()
        this.over(owner)
        return result
      } catch (error) {
        if (!mayHeal(error)) throw error
        await this.wait(owner, `${what}: ${messageOf(error)}`, attempt)
      }
    }
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
