/**
 * Tells wrong data from wrong code: when most of the last messages can never succeed, it is the stage or the sink that is
 * wrong (a schema, a formatter, a mapping, a permission), and burying them all would hide that. One for each process and
 * stage; it forgets with the process, so that fixed code begins afresh.
 */

export interface BreakerLimits {
  /** Messages looked back at; a larger batch counts whole. */
  readonly window: number
  /** Below this many nothing is judged. */
  readonly least: number
  /** Share of failures above which the breaker trips. */
  readonly share: number
}
export const BREAKER: BreakerLimits = { window: 100, least: 20, share: 0.5 }

/** Most of what a stage reads can never succeed: the stage is wrong, not its data. */
export class Tripped extends Error {}

interface Seen {
  readonly all: number
  readonly failed: number
}

export class Breaker {
  readonly #limits: BreakerLimits
  #batches: readonly Seen[] = []

  constructor(limits: BreakerLimits = BREAKER) {
    this.#limits = limits
  }

  /** With this batch, must the stage stop before anything of it is buried? Changes nothing: a batch may be tried again. */
  trips(all: number, failed: number): boolean {
    const batches = this.#with(all, failed)
    const total = batches.reduce((sum, batch) => sum + batch.all, 0)
    const bad = batches.reduce((sum, batch) => sum + batch.failed, 0)
    return total >= this.#limits.least && bad > total * this.#limits.share
  }

  /** Before anything of the batch is committed. @throws Tripped. */
  judge(
    stage: string,
    { seen, buried }: { readonly seen: number; readonly buried: readonly { readonly reason: string }[] },
  ): void {
    if (buried.length === 0 || !this.trips(seen, buried.length)) return
    throw new Tripped(
      `Most of what ${stage} reads can never succeed, so the stage is wrong, not the data: ${buried[0]?.reason} ` +
        'It stands still and has committed nothing of it; start it again with code that can read it.',
    )
  }

  /** The batch is done with: buried and committed. */
  saw(all: number, failed: number): void {
    if (all > 0) this.#batches = this.#with(all, failed)
  }

  /** This batch and those before it, as far as is looked back. */
  #with(all: number, failed: number): readonly Seen[] {
    let seen = 0
    return [{ all, failed }, ...this.#batches].filter((batch) => {
      const recent = seen < this.#limits.window
      seen += batch.all
      return recent
    })
  }
}
