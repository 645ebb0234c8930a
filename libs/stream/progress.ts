/** How far a reader is, for those who wait until it is somewhere. */
export class Progress {
  readonly #handed: Map<number, number>
  readonly #waiting = new Set<() => void>()

  constructor(from: ReadonlyMap<number, number>) {
    this.#handed = new Map(from)
  }

  /** Everything of a partition before this offset has been handed over. */
  set(partition: number, offset: number): void {
    this.#handed.set(partition, offset)
    for (const look of this.#waiting) look()
  }

  /** Resolves when everything before these offsets, by partition, has been handed over. Partitions that are not read do not count. */
  reached(ends: readonly number[]): Promise<void> {
    const there = () => [...this.#handed].every(([partition, handed]) => handed >= (ends[partition] ?? 0))
    return new Promise((resolve) => {
      const look = () => {
        if (!there()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}
