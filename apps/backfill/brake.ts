/**
 * Back-pressure through the whole chain (R13): walks pause while any stage or sink behind attio.changes is too far behind,
 * so that live updates never queue behind a backfill. The rate at Attio is the budget's business.
 */
import { type Log, sleep } from '@attio-stream/stream'

export interface BrakeOptions {
  readonly log: Pick<Log, 'ends' | 'committed'>
  readonly watched: readonly { readonly group: string; readonly topic: string }[]
  /** Messages behind. Pausing begins above it and ends at half of it. */
  readonly maxLag: number
  /** How often the lag is looked at, ms. */
  readonly every?: number
  readonly onChange?: (pausedBy: string | null, lag: number) => void
}

export class Brake {
  readonly #options: BrakeOptions & { readonly every: number }
  #looked = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined
  #pausedBy: string | null = null

  constructor(options: BrakeOptions) {
    this.#options = { every: 1000, ...options }
  }

  /** The group that is too far behind, or null. */
  get pausedBy(): string | null {
    return this.#pausedBy
  }

  /** Resolves when a page may be read. @throws the signal's reason. */
  async free(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      if (performance.now() - this.#looked >= this.#options.every) await this.#look()
      if (this.#pausedBy === null) return
      await sleep(this.#options.every, signal)
    }
  }

  #look(): Promise<void> {
    this.#looking ??= this.#measure().finally(() => {
      this.#looking = undefined
      this.#looked = performance.now()
    })
    return this.#looking
  }

  async #measure(): Promise<void> {
    const { watched, maxLag, onChange } = this.#options
    const lags = await Promise.all(watched.map(async (one) => ({ ...one, lag: await this.#lag(one) })))
    const worst = lags.reduce((most, one) => (one.lag > most.lag ? one : most), { group: '', topic: '', lag: 0 })
    const limit = this.#pausedBy === null ? maxLag : maxLag / 2
    const pausedBy = worst.lag > limit ? `${worst.group} on ${worst.topic}` : null
    if ((pausedBy === null) !== (this.#pausedBy === null)) onChange?.(pausedBy, worst.lag)
    this.#pausedBy = pausedBy
  }

  /** A group that never committed anything does not run, and nobody waits for it. */
  async #lag({ group, topic }: { readonly group: string; readonly topic: string }): Promise<number> {
    const [ends, committed] = await Promise.all([
      this.#options.log.ends(topic),
      this.#options.log.committed(group, topic),
    ])
    if (committed.every((offset) => offset < 0)) return 0
    return ends.reduce((lag, end, partition) => lag + Math.max(0, end - Math.max(0, committed[partition] ?? 0)), 0)
  }
}
