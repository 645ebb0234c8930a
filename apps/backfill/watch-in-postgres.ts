/** What the watch knows of a workspace: table control.sweep_watch. */
import type { Control } from '@attio-stream/service'
import { type ColumnType, sql } from 'kysely'
import type { Sight, Watched } from './watch.ts'

export interface WatchBook {
  find(workspace: string): Promise<Watched | undefined>
  /** Looked at just now; `wanted`: why a sweep is due and could not begin yet. */
  keep(workspace: string, sight: Sight, wanted: string | null): Promise<void>
  /** A sweep began with this schema: nothing is wanted any more. */
  begun(workspace: string, schema: string): Promise<void>
  /** When the last sweep began, ms. */
  lastSweep(workspace: string): Promise<number | null>
  /** Runs that ended three months ago, and their walks, are forgotten. */
  forgetOld(): Promise<void>
}

type Tables = {
  readonly sweep_watch: {
    readonly workspace_id: string
    readonly since: ColumnType<Date, undefined, never>
    readonly looked_at: ColumnType<Date, Date | undefined, Date>
    readonly webhook: string
    readonly schema: string
    readonly swept_schema: string
    readonly wanted: string | null
  }
  readonly runs: { readonly workspace_id: string; readonly kind: string; readonly created_at: Date }
}

export function watchBookIn(control: Control): WatchBook {
  const db = control.db.withTables<Tables>()
  return {
    async find(workspace) {
      const row = await db
        .selectFrom('sweep_watch')
        .selectAll()
        .where('workspace_id', '=', workspace)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const { webhook, schema, wanted } = row
      const times = { since: row.since.getTime(), lookedAt: row.looked_at.getTime() }
      return { webhook, schema, wanted, sweptSchema: row.swept_schema, ...times }
    },
    async keep(workspace, sight, wanted) {
      const { webhook, schema } = sight
      await db
        .insertInto('sweep_watch')
        .values({ workspace_id: workspace, webhook, schema, wanted, swept_schema: schema })
        .onConflict((conflict) =>
          conflict.column('workspace_id').doUpdateSet({ webhook, schema, wanted, looked_at: sql<Date>`now()` }),
        )
        .execute()
    },
    async begun(workspace, schema) {
      await db
        .updateTable('sweep_watch')
        .set({ wanted: null, swept_schema: schema })
        .where('workspace_id', '=', workspace)
        .execute()
    },
    async lastSweep(workspace) {
      const row = await db
        .selectFrom('runs')
        .select(({ fn }) => fn.max('created_at').as('at'))
        .where('workspace_id', '=', workspace)
        .where('kind', '=', 'sweep')
        .executeTakeFirst()
      return row?.at?.getTime() ?? null
    },
    async forgetOld() {
      const old = sql`select workspace_id, run from control.runs where ended_at < now() - interval '90 days'`
      await sql`delete from control.walks where (workspace_id, run) in (${old})`.execute(db)
      await sql`delete from control.runs where ended_at < now() - interval '90 days'`.execute(db)
    },
  }
}
