/**
 * A process of the simulated system: whatever it sets going by timers, requests and waits belongs to it, so it can be killed
 * (nothing of it ever happens again), frozen and woken (everything it missed happens then), and have a wrong clock.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

const current = new AsyncLocalStorage<Machine>()

export class Machine {
  readonly name: string
  /** What its clock says minus the true time, ms. */
  skew: number
  /** How coarse its clock is, ms. */
  readonly tick: number
  #state: 'running' | 'frozen' | 'dead' = 'running'
  #missed: (() => void)[] = []
  #fate: { steps: number; readonly meet: () => void } | undefined

  constructor(name: string, skew = 0, tick = 1) {
    this.name = name
    this.skew = skew
    this.tick = tick
  }

  /** Whose code runs now; undefined outside of all. */
  static get current(): Machine | undefined {
    return current.getStore()
  }

  get dead(): boolean {
    return this.#state === 'dead'
  }
  get frozen(): boolean {
    return this.#state === 'frozen'
  }

  /** Runs code of this process. */
  run<T>(work: () => T): T {
    return current.run(this, work)
  }

  /** Something befalls it at its n-th step from now: whenever it asks the brokers or anybody else for something. */
  doom(steps: number, meet: () => void): void {
    if (steps === 0) meet()
    else this.#fate = { steps, meet }
  }

  /** Nothing befalls it any more. */
  spare(): void {
    this.#fate = undefined
  }

  /** It is about to ask for something. */
  step(): void {
    if (this.#fate === undefined || --this.#fate.steps > 0) return
    const { meet } = this.#fate
    this.#fate = undefined
    meet()
  }

  /** Something reaches the process: a timer, an answer. */
  reach(work: () => void): void {
    if (this.#state === 'running') this.run(work)
    else if (this.#state === 'frozen') this.#missed.push(work)
  }

  /** Resolves at once, when it wakes, or never. */
  awake(): Promise<void> {
    if (this.#state === 'running') return Promise.resolve()
    return new Promise((resolve) => this.reach(resolve))
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen'
  }

  wake(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'running'
    for (const work of this.#missed.splice(0)) this.run(work)
  }

  kill(): void {
    this.#state = 'dead'
    this.#missed = []
  }
}
