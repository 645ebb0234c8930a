/** The registry of generations in memory, for tests that need no database. */
import { type Generation, type State, UNDER_WAY } from './generation.ts'
import { type Begin, type Generations, type Held, type Progress, refusal, underWay, wrongState } from './registry.ts'

export class MemoryGenerations implements Generations {
  readonly sink: string
  readonly #now: () => Date
  readonly #watching = new Set<() => void>()
  readonly #held = new Set<string>()
  #all: readonly Generation[] = []

  constructor(sink: string, now = () => new Date()) {
    this.sink = sink
    this.#now = now
  }

  async all(): Promise<readonly Generation[]> {
    return this.#all
  }

  async live(first: Begin): Promise<Generation> {
    return this.#all.find(({ state }) => state === 'live') ?? this.#add(first, 'live')
  }

  async start(next: Begin): Promise<Generation> {
    const other = underWay(this.#all)
    if (other !== undefined) throw refusal(this.sink, other)
    return this.#add(next, 'building')
  }

  #add({ key, places }: Begin, state: State): Generation {
    const number = (this.#all[0]?.number ?? 0) + 1
    const now = this.#now()
    const generation: Generation = {
      sink: this.sink,
      number,
      key,
      places: places(number),
      state,
      reason: '',
      switching: false,
      done: 0,
      total: 0,
      rate: 0,
      createdAt: now,
      liveAt: state === 'live' ? now : null,
      followedAt: null,
      retiredAt: null,
      droppedAt: null,
      updatedAt: now,
    }
    this.#all = [generation, ...this.#all]
    this.#step()
    return generation
  }

  async move(number: number, from: readonly State[], to: State): Promise<void> {
    const found = this.#all.find((one) => one.number === number)
    if (found === undefined || !from.includes(found.state)) throw wrongState(this.sink, number, found?.state, to)
    const other = underWay(this.#all)
    if (UNDER_WAY.includes(to) && other !== undefined && other.number !== number) throw refusal(this.sink, other)
    this.#set(number, { state: to, reason: '', switching: false, ...(to === 'retired' && { retiredAt: this.#now() }) })
    this.#step()
  }

  async progress(number: number, progress: Progress): Promise<void> {
    this.#set(number, progress)
  }

  async fail(number: number, reason: string): Promise<void> {
    const found = this.#all.find((one) => one.number === number)
    if (found !== undefined && UNDER_WAY.includes(found.state)) this.#set(number, { reason })
  }

  async makeLive(number: number, show: () => Promise<void>): Promise<void> {
    const found = this.#all.find((one) => one.number === number)
    if (found?.state !== 'verified') throw wrongState(this.sink, number, found?.state, 'live')
    this.#set(number, { switching: true })
    this.#step()
    await show()
    for (const live of this.#all.filter(({ state }) => state === 'live'))
      this.#set(live.number, { state: 'retired', retiredAt: this.#now() })
    this.#set(number, { state: 'live', switching: false, reason: '', liveAt: this.#now(), followedAt: null })
    this.#step()
  }

  async followed(number: number): Promise<void> {
    this.#set(number, { followedAt: this.#now() })
  }

  async gone(number: number): Promise<void> {
    this.#set(number, { droppedAt: this.#now() })
  }

  async hold(work: 'build' | 'tidy'): Promise<Held | undefined> {
    if (this.#held.has(work)) return undefined
    this.#held.add(work)
    return { release: async () => void this.#held.delete(work) }
  }

  async watch(onStep: () => void): Promise<{ close(): Promise<void> }> {
    this.#watching.add(onStep)
    onStep()
    return { close: async () => void this.#watching.delete(onStep) }
  }

  #set(number: number, changes: Partial<Generation>): void {
    const updatedAt = this.#now()
    this.#all = this.#all.map((one) => (one.number === number ? { ...one, ...changes, updatedAt } : one))
  }

  #step(): void {
    for (const watching of this.#watching) watching()
  }
}
