/**
 * Attio's clock, as far as its `Date` header lets us know it (Cristian's algorithm). A fence must be comparable between all
 * processes, so all of them express it in Attio's time. `Date` has a resolution of one second: a sample gives an interval
 * the offset lies in, samples are intersected, and while 0 is possible the offset is 0, so that well-kept clocks agree exactly.
 */

interface Interval {
  readonly low: number
  readonly high: number
}

/**
 * Longest that a read may be on its way from Attio into attio.changes, ms. A process that was asleep for longer holds an answer
 * older than what compact reads again after losing its disk, or even than its memory of the dead: it has to read anew.
 */
const LONGEST_WAY = 5 * 60 * 1000

/** Samples that contradict what is known, and agree with each other, before they replace it (a proxy may serve one old Date). */
const CONTRADICTIONS = 3

export class AttioClock {
  #known: Interval | null = null
  #rival: Interval | null = null
  #rivals = 0
  #offset = 0
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Local time, ms. */
  now(): number {
    return this.#now()
  }

  /** ms to add to local time to get Attio's. */
  get offset(): number {
    return this.#offset
  }

  /** How far the true offset may be from `offset`, ms. 1000 until a sample is known. */
  get slack(): number {
    if (this.#known === null) return 1000
    return Math.ceil(Math.max(this.#known.high - this.#offset, this.#offset - this.#known.low))
  }

  /** The fence of a read sent at local time `sent`: ms, integer, in Attio's clock. */
  fence(sent: number): number {
    return Math.round(sent + this.#offset)
  }

  /** Was the read with this fence sent so long ago that its answer must not be published any more? */
  isTooOld(fence: number): boolean {
    return this.fence(this.#now()) - fence > LONGEST_WAY
  }

  /**
   * Learn from one answer: sent and received are local times around it, `date` its `Date` header.
   * The server wrote `date` at some instant between the two, at most 999 ms after what it says.
   */
  sample(sent: number, received: number, date: string | null): void {
    const stamp = date === null ? Number.NaN : Date.parse(date)
    if (Number.isNaN(stamp) || received < sent) return
    const next: Interval = { low: stamp - received, high: stamp + 1000 - sent }
    const known = this.#known
    const met = known === null ? next : intersect(known, next)
    if (met !== null) {
      this.#known = met
      this.#rival = null
      this.#rivals = 0
    } else this.#contradict(next)
    this.#settle()
  }

  /** The clocks have moved apart (a step of NTP, a machine asleep), or one answer lied: believe it when it is said again. */
  #contradict(next: Interval): void {
    const met = this.#rival === null ? null : intersect(this.#rival, next)
    this.#rival = met ?? next
    this.#rivals = met === null ? 1 : this.#rivals + 1
    if (this.#rivals < CONTRADICTIONS) return
    this.#known = this.#rival
    this.#rival = null
    this.#rivals = 0
  }

  /** 0 if possible, else what it was if still possible (a fence should not wander), else the middle. */
  #settle(): void {
    const known = this.#known
    if (known === null) return
    if (known.low <= 0 && known.high >= 0) this.#offset = 0
    else if (this.#offset < known.low || this.#offset > known.high) this.#offset = (known.low + known.high) / 2
  }
}

function intersect(a: Interval, b: Interval): Interval | null {
  const low = Math.max(a.low, b.low)
  const high = Math.min(a.high, b.high)
  return low <= high ? { low, high } : null
}
