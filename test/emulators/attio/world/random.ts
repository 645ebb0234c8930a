/** Randomness that replays: one small generator from a seed, and the identifiers and choices drawn from it. */

export type Random = () => number

/** mulberry32: numbers in [0, 1), the same for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const HEX = Array.from({ length: 65536 }, (_, n) => n.toString(16).padStart(4, '0'))
const quad = (random: Random) => HEX[(random() * 65536) | 0] as string

/** A version 4 UUID, lower case. */
export function uuidFrom(random: Random): string {
  const third = `4${quad(random).slice(1)}`
  const fourth = HEX[0x8000 | ((random() * 0x4000) | 0)] as string
  return `${quad(random)}${quad(random)}-${quad(random)}-${third}-${fourth}-${quad(random)}${quad(random)}${quad(random)}`
}

export function hexFrom(random: Random, length: number): string {
  let text = ''
  while (text.length < length) text += quad(random)
  return text.slice(0, length)
}

export function pick<T>(random: Random, list: readonly T[]): T {
  const chosen = list[(random() * list.length) | 0]
  if (chosen === undefined) throw new RangeError('Cannot pick from an empty list.')
  return chosen
}
