/**
 * Which records owe an emission: live ones (an input changed) before background ones (a wide rename, a recheck).
 * A record is owed once, however often it was marked; marking it live takes it out of the background. Live ones are urgent
 * as soon as one of them is: somebody changed it just now, and it did not come with a backfill.
 */
export class DirtySet {
  readonly #live = new Set<string>()
  readonly #background = new Set<string>()
  #urgent = false

  get urgent(): boolean {
    return this.#urgent && this.#live.size > 0
  }
  get live(): number {
    return this.#live.size
  }
  get background(): number {
    return this.#background.size
  }

  addLive(record: string, urgent: boolean): void {
    if (this.#live.size === 0) this.#urgent = false
    this.#urgent ||= urgent
    this.#background.delete(record)
    this.#live.add(record)
  }
  addBackground(record: string): void {
    if (!this.#live.has(record)) this.#background.add(record)
  }

  /** Takes at most `max` records out, live ones first, oldest mark first. */
  take(max: number): readonly string[] {
    const taken: string[] = []
    for (const set of [this.#live, this.#background])
      for (const record of set) {
        if (taken.length >= max) return taken
        set.delete(record)
        taken.push(record)
      }
    return taken
  }
}
