/**
 * Things kept in the order they were created, readable as they were a moment ago. The walk by creation time needs no
 * sorting per request, and a read of the recent past sees exactly the state of that instant (Attio's snapshot lag).
 */

interface Cell<T> {
  value: T
  readonly seq: number
}

interface Past<T> {
  /** The state `before` ended at this instant. */
  readonly at: number
  readonly cell: Cell<T>
  readonly before: T | undefined
  readonly after: T | undefined
}

export interface View<T> {
  readonly length: number
  at(index: number): T
  get(id: string): T | undefined
  /** First index whose creation time is ≥ time. */
  lower(time: number): number
}

/** How far back a read may look. */
const MEMORY_MS = 15_000

export class Ordered<T extends { readonly id: string; readonly createdAt: number }> implements View<T> {
  #cells: Cell<T>[] = []
  #byId = new Map<string, Cell<T>>()
  #past: Past<T>[] = []
  #seq = 0

  get length(): number {
    return this.#cells.length
  }

  at(index: number): T {
    const cell = this.#cells[index]
    if (!cell) throw new RangeError(`No element ${index} of ${this.#cells.length}.`)
    return cell.value
  }

  get(id: string): T | undefined {
    return this.#byId.get(id)?.value
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  lower(time: number): number {
    return lowerBound(this.#cells, time, (cell) => cell.value.createdAt)
  }

  *values(): IterableIterator<T> {
    for (const cell of this.#cells) yield cell.value
  }

  /** Without `now` the change has no past: what was before cannot be seen. */
  put(value: T, now?: number): void {
    const cell = this.#byId.get(value.id)
    if (cell && cell.value.createdAt === value.createdAt) {
      if (now !== undefined) this.#remember({ at: now, cell, before: cell.value, after: value })
      cell.value = value
      return
    }
    if (cell) this.remove(value.id, now)
    const fresh: Cell<T> = { value, seq: this.#seq++ }
    this.#insert(fresh)
    this.#byId.set(value.id, fresh)
    if (now !== undefined) this.#remember({ at: now, cell: fresh, before: undefined, after: value })
  }

  remove(id: string, now?: number): T | undefined {
    const cell = this.#byId.get(id)
    if (!cell) return undefined
    this.#byId.delete(id)
    const cells = this.#cells
    for (let i = this.lower(cell.value.createdAt); i < cells.length; i++)
      if (cells[i] === cell) {
        cells.splice(i, 1)
        break
      }
    if (now !== undefined) this.#remember({ at: now, cell, before: cell.value, after: undefined })
    return cell.value
  }

  /** The state at `time`; a time at or after the last change is the present, and costs nothing. */
  asOf(time: number): View<T> {
    const undo = this.#past.filter((past) => past.at > time)
    if (undo.length === 0) return this
    const then = new Map<Cell<T>, T | undefined>()
    for (const past of undo) if (!then.has(past.cell)) then.set(past.cell, past.before)
    const sameShape = undo.every((past) => past.before !== undefined && past.after !== undefined)
    const cells = sameShape
      ? this.#cells
      : this.#cells.filter((cell) => !then.has(cell) || then.get(cell) !== undefined)
    for (const [cell, value] of then)
      if (value !== undefined && this.#byId.get(value.id) !== cell) {
        let i = lowerBound(cells, value.createdAt, (other) => other.value.createdAt)
        while (i < cells.length && before(cells[i] as Cell<T>, cell)) i++
        cells.splice(i, 0, cell)
      }
    const state = (cell: Cell<T>): T => then.get(cell) ?? cell.value
    const byId = new Map<string, T | undefined>()
    for (const [cell, value] of then)
      if (value !== undefined || !byId.has(cell.value.id)) byId.set(cell.value.id, value)
    return {
      length: cells.length,
      at: (index) => state(cells[index] as Cell<T>),
      get: (id) => (byId.has(id) ? byId.get(id) : this.get(id)),
      lower: (from) => lowerBound(cells, from, (cell) => cell.value.createdAt),
    }
  }

  #insert(cell: Cell<T>): void {
    const cells = this.#cells
    const last = cells.at(-1)
    if (!last || last.value.createdAt <= cell.value.createdAt) {
      cells.push(cell)
      return
    }
    cells.splice(
      lowerBound(cells, cell.value.createdAt + 1, (other) => other.value.createdAt),
      0,
      cell,
    )
  }

  #remember(past: Past<T>): void {
    this.#past.push(past)
    const oldest = this.#past[0]
    if (oldest && oldest.at < past.at - 2 * MEMORY_MS)
      this.#past = this.#past.filter((entry) => entry.at >= past.at - MEMORY_MS)
  }
}

function before<T extends { readonly createdAt: number }>(a: Cell<T>, b: Cell<T>): boolean {
  return a.value.createdAt < b.value.createdAt || (a.value.createdAt === b.value.createdAt && a.seq < b.seq)
}

function lowerBound<T>(list: readonly T[], time: number, timeOf: (item: T) => number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (timeOf(list[middle] as T) < time) low = middle + 1
    else high = middle
  }
  return low
}
