/**
 * Whoever watches how far a sink is knows it by its name; which consumer group that is changes with the live generation. For
 * `sink-opensearch` this gives the group of its live generation, and any other group as it is.
 */
import type { Control } from '@attio-stream/service'
import { sinkGroup } from './generation.ts'

type Tables = { readonly live_generations: { readonly cell: string; readonly sink: string; readonly number: number } }

/** While the database does not answer, as it was told last. */
export function liveGroups(control: Pick<Control, 'db'>, cell: string): (group: string) => Promise<string> {
  const known = new Map<string, string>()
  return async (group) => {
    const sink = /^sink-(.+)$/.exec(group)?.[1]
    if (sink === undefined) return group
    try {
      const row = await control.db
        .withTables<Tables>()
        .selectFrom('live_generations')
        .select('number')
        .where('cell', '=', cell)
        .where('sink', '=', sink)
        .executeTakeFirst()
      if (row !== undefined) known.set(group, sinkGroup(sink, row.number))
    } catch {
      // Told again at the next look.
    }
    return known.get(group) ?? group
  }
}
