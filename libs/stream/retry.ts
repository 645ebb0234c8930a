/**
 * Waiting and trying again: exponential backoff with full jitter, ended by a signal. It decides when; what may be
 * repeated is the caller's knowledge.
 */

export interface Backoff {
  /** Upper bound of the first wait, ms. Default 50. */
  readonly firstMs?: number
  /** Upper bound of every wait, ms. Default 10 000. */
  readonly maxMs?: number
  readonly factor?: number
}

/** The wait before attempt `attempt` + 1 (attempt counts from 0), ms: uniformly random below the exponential bound. */
export function backoffMs(attempt: number, backoff: Backoff = {}, random: () => number = Math.random): number {
  const { firstMs = 50, maxMs = 10_000, factor = 2 } = backoff
  return Math.ceil(random() * Math.min(maxMs, firstMs * factor ** Math.min(attempt, 64)))
}

/** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const aborted = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    signal?.addEventListener('abort', aborted, { once: true })
  })
}

export interface RetryOptions extends Backoff {
  readonly signal?: AbortSignal
  /** Attempts in all. Default: without end. */
  readonly attempts?: number
  /** false: thrown at once. */
  readonly mayHeal?: (error: unknown) => boolean
  readonly onRetry?: (error: unknown, attempt: number, waitMs: number) => void
  /** How to wait; tests give their own. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** Runs `work` until it succeeds, may not be repeated, has used its attempts, or the signal aborts. */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = Number.POSITIVE_INFINITY, mayHeal = () => true, wait = sleep, signal } = options
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt + 1 >= attempts || !mayHeal(error) || signal?.aborted) throw error
      const ms = backoffMs(attempt, options)
      options.onRetry?.(error, attempt, ms)
      await wait(ms, signal)
    }
  }
}
