/**
 * Every delivery the emulated Attio got a 2xx for, and whether its notice is in attio.notices: what was acknowledged must not
 * be lost, whoever was killed when (R1).
 */
import type { Delivery } from '../emulators/attio/index.ts'
import type { Topics } from '../support/topics.ts'

const EVERY_MS = 1_000

export class Acknowledged {
  readonly #log: readonly Delivery[]
  readonly #known = new Set<Delivery>()
  readonly #timer: NodeJS.Timeout

  /** `log` forgets the oldest deliveries, so it is looked at again and again. */
  constructor(log: readonly Delivery[]) {
    this.#log = log
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  get count(): number {
    this.#look()
    return [...this.#known].filter(({ state }) => state === 'acked').length
  }

  /** Not answered with a 2xx yet. */
  get open(): number {
    this.#look()
    return [...this.#known].filter(({ state }) => state === 'waiting').length
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Keys of acknowledged deliveries of which no notice is in the topic. */
  async lost(topics: Topics): Promise<readonly string[]> {
    this.#look()
    const notices = (await topics.read('attio.notices')).flatMap(({ value }) =>
      value === null ? [] : [topics.codec.decode('attio.notices', value)],
    )
    const kept = new Set(notices.map(({ delivery_key }) => delivery_key))
    return [...this.#known]
      .filter(({ state, key }) => state === 'acked' && !kept.has(key))
      .map(({ key, events }) => `${key} (${events.map(({ event_type }) => event_type).join(', ')})`)
  }

  #look(): void {
    for (let at = this.#log.length - 1; at >= 0; at--) {
      const delivery = this.#log[at] as Delivery
      if (this.#known.has(delivery)) return
      this.#known.add(delivery)
    }
  }
}
