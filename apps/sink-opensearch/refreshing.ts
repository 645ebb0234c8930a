/**
 * Shows what was written soon after it was written, and seldom while much is being written: each refresh makes a segment, so
 * under load one serves many writes. The index's own interval is the safety net; a failed refresh is left to it.
 */

/** Under load a refresh waits for a pause in writing at most this long, ms. */
const LATEST = 1_000
/** When so many documents wait to be shown they are a backlog, whose last ones wait longer than this anyway. */
const MANY = 1_000
const LATEST_OF_MANY = 3_000

export class Refreshing {
  readonly #refresh: () => Promise<void>
  readonly #afterMs: number
  readonly #now: () => number
  #writing = 0
  #timer: NodeJS.Timeout | undefined
  #since: number | undefined
  /** Documents written since the last refresh began. */
  #unseen = 0
  #running: Promise<void> | undefined

  /** `afterMs`: how long after a write it is shown while little is written. `now`: ms, of any clock. */
  constructor(refresh: () => Promise<void>, afterMs: number, now: () => number = () => performance.now()) {
    this.#refresh = refresh
    this.#afterMs = afterMs
    this.#now = now
  }

  async during<T>(write: () => Promise<T>): Promise<T> {
    this.#writing++
    try {
      return await write()
    } finally {
      this.#writing--
    }
  }

  /** So many documents were written. */
  soon(documents: number): void {
    this.#unseen += documents
    this.#wait()
  }

  #wait(): void {
    this.#since ??= this.#now()
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
    const waited = this.#now() - (this.#since ?? 0)
    if (this.#writing > 0 && waited < (this.#unseen < MANY ? LATEST : LATEST_OF_MANY)) {
      this.#wait()
      return
    }
    this.#since = undefined
    this.#unseen = 0
    this.#running = this.#refresh()
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined
        if (this.#since !== undefined) this.#wait()
      })
  }
}
