/**
 * Time of a simulation: a heap of what happens when, run one by one, each followed by everything it sets off at once.
 * Nothing passes by itself: time jumps to the next event. What happens is hashed, so two runs can be compared.
 */
import type { Random } from '../emulators/attio/world/random.ts'

export interface Happening {
  at: number
  readonly label: string
  readonly run: () => void
  /** Repeats for ever and holds nobody up: does not count as something under way. */
  readonly background: boolean
  cancelled: boolean
  seq: number
}

/** Taken before anybody replaces it: one turn of the real event loop, so that all microtasks are done. */
const turn = globalThis.setImmediate
/** Events after which a run that has not come to rest never will. */
const MOST_EVENTS = 400_000

export class VirtualTime {
  readonly random: Random
  /** True time, ms since the epoch; fractions order what happens in one millisecond. */
  now: number
  events = 0
  hash = 0
  /** Told of everything that happens. */
  onEvent: ((at: number, label: string) => void) | undefined
  readonly #heap: Happening[] = []
  #seq = 0
  #foreground = 0
  #until = Number.POSITIVE_INFINITY
  /** The first thing that went wrong: the run ends with it. */
  failure: unknown

  constructor(start: number, random: Random) {
    this.now = start
    this.random = random
  }

  /** Something that happens `ms` from now. */
  after(ms: number, label: string, run: () => void, background = false): Happening {
    const at = this.now + Math.max(0, ms)
    const happening: Happening = { at, label, run, background, cancelled: false, seq: this.#seq++ }
    if (!background) this.#foreground++
    this.#push(happening)
    return happening
  }

  cancel(happening: Happening): void {
    if (happening.cancelled) return
    happening.cancelled = true
    if (!happening.background) this.#foreground--
  }

  /** A number in [low, high), by chance. */
  between(low: number, high: number): number {
    return low + this.random() * (high - low)
  }

  /** Notes something for the hash, and for whoever follows the run. */
  note(label: string): void {
    this.#mix(label)
    this.onEvent?.(this.now, label)
  }

  /** How long nothing happens but what is in the background, ms. */
  get lull(): number {
    let next = this.#until
    for (const { at, background, cancelled } of this.#heap) if (!background && !cancelled && at < next) next = at
    return next === Number.POSITIVE_INFINITY ? 0 : next - this.now
  }

  /** Runs until `until`, or until nothing is under way; gives whether something still is. */
  run(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    this.#until = until
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    const step = (): void => {
      try {
        if (this.failure !== undefined) throw this.failure
        this.#drop()
        const next = this.#heap[0]
        const rest = this.#foreground === 0
        if (next === undefined || next.at > until || (rest && until === Number.POSITIVE_INFINITY)) {
          if (until !== Number.POSITIVE_INFINITY) this.now = Math.max(this.now, until)
          resolve(!rest)
          return
        }
        if (this.events++ > MOST_EVENTS) throw new Error(`It does not come to rest: ${this.#soon()}`)
        this.#pop()
        next.cancelled = true
        if (!next.background) this.#foreground--
        this.now = Math.max(this.now, next.at)
        this.#mix(next.label)
        this.onEvent?.(this.now, next.label)
        next.run()
        turn(step)
      } catch (error) {
        reject(error)
      }
    }
    turn(step)
    return promise
  }

  #soon(): string {
    const next = this.#heap.filter(({ cancelled }) => !cancelled).sort((a, b) => a.at - b.at)
    return next
      .slice(0, 5)
      .map(({ label }) => label)
      .join(', ')
  }

  #mix(label: string): void {
    let hash = this.hash ^ Math.floor(this.now % 4294967296)
    for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 16777619)
    this.hash = hash >>> 0
  }

  #drop(): void {
    while (this.#heap[0]?.cancelled) this.#pop()
  }

  #before(a: Happening, b: Happening): boolean {
    return a.at === b.at ? a.seq < b.seq : a.at < b.at
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    let child = heap.push(happening) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      const above = heap[parent] as Happening
      if (!this.#before(happening, above)) break
      heap[child] = above
      child = parent
    }
    heap[child] = happening
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let parent = 0
    for (;;) {
      let child = parent * 2 + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      if (right !== undefined && this.#before(right, heap[child] as Happening)) child++
      const least = heap[child] as Happening
      if (!this.#before(least, last)) break
      heap[parent] = least
      parent = child
    }
    heap[parent] = last
  }
}
