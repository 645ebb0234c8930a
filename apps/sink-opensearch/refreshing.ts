/**
 * Shows what was written soon after it was written, and seldom while much is being written: each refresh makes a segment, so
 * under load one serves many writes. The index's own interval is the safety net; a failed refresh is left to it.
 */

/** Under load a refresh waits for a pause in writing at most this long, ms. */
const LATEST = 1_000

export class Refreshing {
  readonly #refresh: () => Promise<void>
  readonly #afterMs: number
  #writing = 0
  #timer: NodeJS.Timeout | undefined
  #since: number | undefined
  #running: Promise<void> | undefined

  constructor(refresh: () => Promise<void>, afterMs: number) {
    this.#refresh = refresh
    this.#afterMs = afterMs
  }

  async during<T>(write: () => Promise<T>): Promise<T> {
    this.#writing++
    try {
      return await write()
    } finally {
      this.#writing--
    }
  }

  /** Something was written. */
  soon(): void {
    this.#since ??= performance.now()
    if (this.#timer !== undefined || this.#running !== undefined) return
    this.#timer = setTimeout(() => this.#due(), this.#afterMs)
  }

  /** Resolves when no refresh is under way; none follows. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#running
    clearTimeout(this.#timer)
  }

  #due(): void {
    this.#timer = undefined
    const waited = performance.now() - (this.#since ?? 0)
    if (this.#writing > 0 && waited < LATEST) {
      this.soon()
      return
    }
    this.#since = undefined
    this.#running = this.#refresh()
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined
        if (this.#since !== undefined) this.soon()
      })
  }
}
