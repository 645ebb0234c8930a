/** Which rows of a page a walk remembers: the last ones one by one, then ever sparser, so that stepping back doubles its reach. */
import type { Position } from './walk.ts'

export const START: Position = { after: null, offset: 0 }

/** Indexes into a page of `length` rows, last first: the last five, then 8, 16, 32… from the end, and the first. */
export function sparse(length: number): readonly number[] {
  const distances = [1, 2, 3, 4, 5]
  for (let distance = 8; distance < length; distance *= 2) distances.push(distance)
  distances.push(length)
  return [...new Set(distances.filter((distance) => distance <= length))].map((distance) => length - distance)
}
