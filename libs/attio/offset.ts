/**
 * Where the next page of a list without a usable time filter begins (notes, tasks): some rows before the end of this one.
 * A deletion shifts the rows behind it to the front; as long as one row of this page shows in the next, nothing was jumped.
 * When none does, any number of rows may have moved, and only the beginning is safe.
 */
import { START, sparse } from './trail.ts'
import type { Paging } from './walk.ts'

/** Rows shown twice on purpose: as many deletions between two pages cost nothing; more cost one step back. */
const OVERLAP = 2

export const OFFSET: Paging = {
  limit: 500,
  next(from, page) {
    const length = page.rows.length + page.rejected.length
    const position = { after: null, offset: from.offset + Math.max(1, length - OVERLAP) }
    const trail = sparse(page.rows.length).flatMap((index) => {
      const row = page.rows[index]
      return row === undefined
        ? []
        : [{ id: row.id, position: { after: null, offset: Math.max(0, from.offset + index - OVERLAP) } }]
    })
    return { position, trail, floor: START }
  },
}
