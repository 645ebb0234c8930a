/** Wakes whoever waits for it, once a ring. */
import type { Clock } from './run-context.ts'

export class Bell {
  #rung = Promise.withResolvers<void>()
  readonly #clock: Clock
  readonly #signal: AbortSignal

  /** `signal`: ends the waits that have a limit. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
  }

  ring(): void {
    this.#rung.resolve()
    this.#rung = Promise.withResolvers()
  }

  /** Resolves at the next ring, or after `ms`. */
  async wait(ms = Number.POSITIVE_INFINITY): Promise<void> {
    if (ms === Number.POSITIVE_INFINITY) return this.#rung.promise
    const done = new AbortController()
    const signal = AbortSignal.any([done.signal, this.#signal])
    await Promise.race([this.#rung.promise, this.#clock.sleep(ms, signal).catch(() => {})])
    done.abort()
  }
}
