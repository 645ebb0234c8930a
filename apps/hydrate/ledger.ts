/**
 * Which offset may be committed: notices are done in any order, and an offset is committed only when every earlier one of
 * its partition is done too (R1). One ledger for a partition, from its assignment to its revocation.
 */

export class OffsetLedger {
  /** Offsets in reading order, from #head on not known to be done in one piece. */
  readonly #begun: number[] = []
  readonly #done = new Set<number>()
  #head = 0
  #commit: number | undefined
  #committed: number | undefined

  /** Offsets come in rising order. */
  begin(offset: number): void {
    this.#begun.push(offset)
  }

  done(offset: number): void {
    this.#done.add(offset)
    for (
      let first = this.#begun[this.#head];
      first !== undefined && this.#done.delete(first);
      first = this.#begun[this.#head]
    ) {
      this.#head += 1
      this.#commit = first + 1
    }
    if (this.#head > 1024 && this.#head * 2 > this.#begun.length) {
      this.#begun.splice(0, this.#head)
      this.#head = 0
    }
  }

  /** The offset of the next message to read, undefined when it is committed already. */
  committable(): number | undefined {
    return this.#commit === this.#committed ? undefined : this.#commit
  }

  committed(offset: number): void {
    this.#committed = offset
  }
}
