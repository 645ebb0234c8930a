/**
 * How fast a build may write: a share of the time, so that a store under load slows it down by itself, and a tenth of that
 * while the live generation is behind. It never stands still for good: a build that waited for a quiet hour might wait
 * for ever.
 */
import { sleep } from '@attio-stream/stream'
import type { Refusal, Sink, Write } from '../sink.ts'

export interface PaceLimits {
  /** Share of the time that may be spent writing, above 0 and up to 1. */
  readonly share: number
  /** Most documents a second; 0 for what the share gives. */
  readonly perSecond: number
  /** Messages the live generation may be behind before a build slows down. */
  readonly liveLag: number
}
export const PACE: PaceLimits = { share: 0.5, perSecond: 0, liveLag: 200 }

const LOOK_EVERY = 500
const LONGEST_REST = 30_000
const BEHIND = 10
const NAP = 100

export class Pace {
  readonly #limits: PaceLimits
  readonly #lag: () => Promise<number>
  #rest = 0
  #spentAt = 0
  #lookedAt = Number.NEGATIVE_INFINITY
  #behind = false
  #off = false

  /** `lag`: messages the live generation is behind; asked at most twice a second. */
  constructor(limits: PaceLimits, lag: () => Promise<number>) {
    this.#limits = limits
    this.#lag = lag
  }

  /** Resolves when it is the build's turn. @throws the signal's reason. */
  async turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#off) return
      await this.#look()
      const rest = this.#behind ? this.#rest * BEHIND : this.#rest
      const left = this.#spentAt + Math.min(rest, LONGEST_REST) - performance.now()
      if (left <= 0) return
      await sleep(Math.min(left, NAP), signal)
    }
  }

  /** So many documents were written and took so long, ms. */
  spent(documents: number, ms: number): void {
    const { share, perSecond } = this.#limits
    const forShare = ms / share - ms
    const forRate = perSecond === 0 ? 0 : (documents / perSecond) * 1000 - ms
    this.#rest = Math.max(0, forShare, forRate)
    this.#spentAt = performance.now()
  }

  /** The build is live: it is in nobody's way any more. */
  off(): void {
    this.#off = true
  }

  async #look(): Promise<void> {
    const now = performance.now()
    if (now - this.#lookedAt < LOOK_EVERY) return
    this.#lookedAt = now
    // Brokers that do not answer are the loop's trouble.
    const lag = await this.#lag().catch(() => 0)
    this.#behind = lag > this.#limits.liveLag
  }
}

/** The sink, which waits for its turn before every write. */
export function paced(sink: Sink, pace: Pace): Sink {
  return {
    name: sink.name,
    generation: sink.generation ?? 1,
    open: (signal) => sink.open(signal),
    async write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
      await pace.turn(signal)
      const began = performance.now()
      try {
        return await sink.write(writes, signal)
      } finally {
        pace.spent(writes.length, performance.now() - began)
      }
    },
    refresh: () => sink.refresh(),
    scan: (only) => sink.scan(only),
    close: () => sink.close(),
  }
}
