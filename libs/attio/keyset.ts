/**
 * Where the next page of a list sorted by `created_at` begins: at the last row's time, inclusive, so that deletions cannot
 * shift anything. Of the rows of that time, if they come in the order of their ids as was asked, only the last is met again;
 * few, or in any other order, all of them are, since Attio does not document the order of ties. A page full of one time (a bulk
 * import) cannot move on by time at all: inside it the walk goes on by offset, one row overlapping.
 */
import type { Row } from './row.ts'
import { sparse } from './trail.ts'
import type { Paging, Position } from './walk.ts'

export const KEYSET: Paging = {
  limit: 500,
  next(from, page) {
    const { rows } = page
    const place = placesOf(from, rows)
    const trail = sparse(rows.length).flatMap((index) => {
      const row = rows[index]
      return row === undefined ? [] : [{ id: row.id, position: place(index) }]
    })
    const length = rows.length + page.rejected.length
    return {
      position: trail[0]?.position ?? { ...from, offset: from.offset + length },
      trail,
      floor: { after: from.after, offset: 0 },
    }
  },
}

/** So many rows are in the order of their ids by chance once in half a billion; fewer are read again for nothing. */
const SURELY_ORDERED = 12

/** The position that shows row `index` again: its time and its place among its ties, or, while time stands still, its place in the window. */
function placesOf(from: Position, rows: readonly Row[]): (index: number) => Position {
  const timeOf = (index: number): string => rows[index]?.createdAt ?? ''
  return (index) => {
    const at = timeOf(index)
    if (at === '' || at === from.after || at === timeOf(0)) return { after: from.after, offset: from.offset + index }
    let first = index
    while (timeOf(first - 1) === at) first -= 1
    const ties = rows.slice(first, index + 1)
    const ordered = ties.every(({ id }, n) => n === 0 || (ties[n - 1] as Row).id < id)
    return { after: at, offset: ordered && ties.length >= SURELY_ORDERED ? index - first : 0 }
  }
}
