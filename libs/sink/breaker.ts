/**
 * Tells wrong data from a wrong sink: when most of the last documents are refused, it is the sink (its mapping, its
 * formatter, its permissions), and burying them all would hide that.
 */

export interface BreakerLimits {
  /** Documents looked back at; a larger batch counts whole. */
  readonly window: number
  /** Below this many nothing is judged. */
  readonly least: number
  /** Share of refusals above which the breaker trips. */
  readonly share: number
}
export const BREAKER: BreakerLimits = { window: 100, least: 20, share: 0.5 }

export class Breaker {
  readonly #limits: BreakerLimits
  #batches: readonly { readonly all: number; readonly refused: number }[] = []

  constructor(limits: BreakerLimits = BREAKER) {
    this.#limits = limits
  }

  /** Adds a batch; true when the sink must stop before anything of it is buried. */
  trips(all: number, refused: number): boolean {
    const batches = [{ all, refused }, ...this.#batches]
    let seen = 0
    this.#batches = batches.filter((batch) => {
      const recent = seen < this.#limits.window
      seen += batch.all
      return recent
    })
    const total = this.#batches.reduce((sum, batch) => sum + batch.all, 0)
    const bad = this.#batches.reduce((sum, batch) => sum + batch.refused, 0)
    return total >= this.#limits.least && bad > total * this.#limits.share
  }
}
