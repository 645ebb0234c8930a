/**
 * A set of ids that never need to be listed again: sixteen bytes a UUID and some room, a fifth of what a Set of strings takes,
 * because a sweep holds the ids of a whole workspace. Ids that are no UUIDs are kept as text.
 */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const WORDS = 4
const FULLEST = 0.6

export class IdSet {
  /** Four words a place; all zero is an empty one. */
  #words = new Uint32Array(1024 * WORDS)
  #uuids = 0
  readonly #others = new Set<string>()
  readonly #word = new Uint32Array(WORDS)

  get size(): number {
    return this.#uuids + this.#others.size
  }

  /** Memory of the UUIDs. */
  get bytes(): number {
    return this.#words.byteLength
  }

  add(id: string): void {
    if (!this.#read(id)) {
      this.#others.add(id)
      return
    }
    if ((this.#uuids + 1) * WORDS > this.#words.length * FULLEST) this.#grow()
    this.#put(this.#word)
  }

  has(id: string): boolean {
    if (!this.#read(id)) return this.#others.has(id)
    return !this.#isEmpty(this.#placeOf(this.#word))
  }

  /** Into #word; false when it is no UUID, or the one that means an empty place. */
  #read(id: string): boolean {
    if (!UUID.test(id)) return false
    this.#word[0] = Number.parseInt(id.slice(0, 8), 16)
    this.#word[1] = Number.parseInt(id.slice(9, 13) + id.slice(14, 18), 16)
    this.#word[2] = Number.parseInt(id.slice(19, 23) + id.slice(24, 28), 16)
    this.#word[3] = Number.parseInt(id.slice(28), 16)
    return this.#word.some((word) => word !== 0)
  }

  #put(word: Uint32Array): void {
    const place = this.#placeOf(word)
    if (!this.#isEmpty(place)) return
    this.#words.set(word, place)
    this.#uuids += 1
  }

  /** Where it is, or the empty place where it would be. */
  #placeOf(word: Uint32Array): number {
    const places = this.#words.length / WORDS
    const [a = 0, b = 0, c = 0, d = 0] = word
    let place = (Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(c ^ (d << 7), 0xc2b2ae35) ^ d) >>> 0
    for (place %= places; ; place = (place + 1) % places) {
      const at = place * WORDS
      if (this.#isEmpty(at) || word.every((part, index) => this.#words[at + index] === part)) return at
    }
  }

  #isEmpty(at: number): boolean {
    const words = this.#words
    return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0
  }

  #grow(): void {
    const before = this.#words
    const word = this.#word.slice()
    this.#words = new Uint32Array(before.length * 2)
    this.#uuids = 0
    for (let at = 0; at < before.length; at += WORDS) {
      const held = before.subarray(at, at + WORDS)
      if (held.some((part) => part !== 0)) this.#put(held)
    }
    this.#word.set(word)
  }
}
