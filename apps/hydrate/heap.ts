/** Things by the time they are due. An entry that was moved since it was put in is passed over when it comes up. */

export interface Due {
  due: number
  /** Counts moves: an older entry for the same thing is void. */
  stamp: number
}

export class DueHeap<T extends Due> {
  readonly #entries: { readonly at: number; readonly stamp: number; readonly thing: T }[] = []

  /** Moves the thing to `at`. */
  put(thing: T, at: number): void {
    thing.due = at
    thing.stamp += 1
    this.#entries.push({ at, stamp: thing.stamp, thing })
    this.#up(this.#entries.length - 1)
  }

  /** It is no longer due at any time. */
  remove(thing: T): void {
    thing.stamp += 1
  }

  /** When the first is due, undefined when none is. */
  first(): number | undefined {
    this.#drop()
    return this.#entries[0]?.at
  }

  /** Takes out the first if it is due at `now`. */
  take(now: number): T | undefined {
    const at = this.first()
    if (at === undefined || at > now) return undefined
    const thing = this.#pop()?.thing
    if (thing !== undefined) thing.stamp += 1
    return thing
  }

  #drop(): void {
    for (let top = this.#entries[0]; top !== undefined && top.stamp !== top.thing.stamp; top = this.#entries[0])
      this.#pop()
  }

  #pop() {
    const [top] = this.#entries
    const last = this.#entries.pop()
    if (last !== undefined && this.#entries.length > 0) {
      this.#entries[0] = last
      this.#down(0)
    }
    return top
  }

  #up(from: number): void {
    let child = from
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (this.#at(parent) <= this.#at(child)) return
      this.#swap(parent, child)
      child = parent
    }
  }

  #down(from: number): void {
    let parent = from
    for (;;) {
      const left = parent * 2 + 1
      const right = left + 1
      const least = this.#at(right) < this.#at(left) ? right : left
      if (this.#at(least) >= this.#at(parent)) return
      this.#swap(parent, least)
      parent = least
    }
  }

  #at(index: number): number {
    return this.#entries[index]?.at ?? Number.POSITIVE_INFINITY
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#entries[a], this.#entries[b]]
    if (one === undefined || other === undefined) return
    this.#entries[a] = other
    this.#entries[b] = one
  }
}
