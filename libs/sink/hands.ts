/**
 * How many store calls may be made at the same time: as many as the setting says while the store keeps up, half of them as soon
 * as it asks for less, and one more after every full round of calls it took. Never fewer than one: waiting is patience.ts's.
 */
export class Hands {
  readonly #most: number
  #allowed: number
  #busy = 0
  #taken = 0
  /** Calls begun before the last cut say nothing about what is allowed since. */
  #round = 0

  constructor(most: number) {
    this.#most = most
    this.#allowed = most
  }

  /** Of them there may be at the same time now. */
  get allowed(): number {
    return this.#allowed
  }
  get free(): boolean {
    return this.#busy < this.#allowed
  }

  /** A hand begins: what it learns is told to what this gives, `rest` once and last. */
  take(): Hand {
    this.#busy++
    let round = this.#round
    return {
      asked: () => {
        if (round !== this.#round) return
        this.#round++
        this.#allowed = Math.max(1, Math.floor(this.#allowed / 2))
        this.#taken = 0
        round = this.#round
      },
      took: () => {
        if (round !== this.#round || this.#allowed === this.#most || ++this.#taken < this.#allowed) return
        this.#allowed++
        this.#taken = 0
      },
      rest: () => {
        this.#busy--
      },
    }
  }
}

export interface Hand {
  /** The store asks for less. */
  asked(): void
  /** The store took a call. */
  took(): void
  rest(): void
}
