/** Work that waits for its turn by name: at most so many at once of one name, whoever asks. */

/** First come, first served. */
export class Gates {
  readonly #most: number
  readonly #inside = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  constructor(most: number) {
    this.#most = most
  }

  async through<T>(name: string, work: () => Promise<T>): Promise<T> {
    const inside = this.#inside.get(name) ?? 0
    if (inside < this.#most) this.#inside.set(name, inside + 1)
    else {
      const { promise, resolve } = Promise.withResolvers<void>()
      const queue = this.#waiting.get(name) ?? []
      queue.push(resolve)
      this.#waiting.set(name, queue)
      await promise
    }
    try {
      return await work()
    } finally {
      this.#leave(name)
    }
  }

  /** The next one takes the place, so that nobody comes in between. */
  #leave(name: string): void {
    const next = this.#waiting.get(name)?.shift()
    if (next !== undefined) {
      next()
      return
    }
    this.#waiting.delete(name)
    const inside = (this.#inside.get(name) ?? 1) - 1
    if (inside === 0) this.#inside.delete(name)
    else this.#inside.set(name, inside)
  }
}
