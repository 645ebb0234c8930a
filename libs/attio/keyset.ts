/**
 * Where the next page of a list sorted by `created_at` begins: at the last row's time, inclusive, so that deletions cannot
 * shift anything and rows of the same time are met again. A page full of one time (a bulk import) cannot move on by time:
 * inside it the walk goes on by offset, one row overlapping.
 */
import type { Rows } from './row.ts'
import { sparse } from './trail.ts'
import type { Paging, Position } from './walk.ts'

export const KEYSET: Paging = {
  limit: 500,
  next(from, page) {
    const { rows } = page
    const place = (index: number): Position => positionOf(from, page, index)
    const trail = sparse(rows.length).flatMap((index) => {
      const row = rows[index]
      return row === undefined ? [] : [{ id: row.id, position: place(index) }]
    })
    const length = rows.length + page.rejected.length
    return { position: trail[0]?.position ?? { ...from, offset: from.offset + length }, trail, floor: from }
  },
}

/** The position that shows row `index` again: its time, or, while time stands still, its place inside the window. */
function positionOf(from: Position, page: Rows, index: number): Position {
  const at = page.rows[index]?.createdAt ?? ''
  const stands = at === '' || at === from.after || at === page.rows[0]?.createdAt
  return stands ? { after: from.after, offset: from.offset + index } : { after: at, offset: 0 }
}
