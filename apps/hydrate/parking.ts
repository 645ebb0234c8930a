/**
 * Where the notices of a broken connection wait: in Postgres, one row per thing and event, so that they are neither lost nor
 * in the way of other workspaces, however long it takes. When the connection is active again they go back to attio.notices.
 */
import type { Notice } from '@attio-stream/contracts'
import type { Control } from '@attio-stream/service'
import { type Generated, sql } from 'kysely'

export interface Parking {
  park(notices: readonly Notice[]): Promise<void>
  /** Workspaces with parked notices. */
  workspaces(): Promise<readonly string[]>
  /** Hands the oldest over, in batches, and forgets a batch when `forward` has resolved. */
  release(workspace: string, forward: (notices: readonly Notice[]) => Promise<void>): Promise<number>
}

type ParkedTables = {
  readonly parked_notices: {
    readonly id: Generated<string>
    readonly workspace_id: string
    /** Kind, id, event and related thing: the same notice again replaces the older one. */
    readonly identity: string
    readonly notice: string
  }
}

const BATCH = 500

export function parkingIn(control: Control): Parking {
  const db = control.db.withTables<ParkedTables>()
  return {
    async park(notices) {
      const rows = [...new Map(notices.map((notice) => [identityOf(notice), notice])).entries()].map(
        ([identity, notice]) => ({
          workspace_id: notice.workspace_id,
          identity,
          notice: JSON.stringify(notice),
        }),
      )
      if (rows.length === 0) return
      await db
        .insertInto('parked_notices')
        .values(rows)
        .onConflict((conflict) =>
          // A new id: a release that is under way must not forget the newer notice with the older one.
          conflict.columns(['workspace_id', 'identity']).doUpdateSet({
            id: sql`nextval(pg_get_serial_sequence('control.parked_notices', 'id'))`,
            notice: sql`excluded.notice`,
          }),
        )
        .execute()
    },
    async workspaces() {
      const rows = await db.selectFrom('parked_notices').select('workspace_id').distinct().execute()
      return rows.map((row) => row.workspace_id)
    },
    async release(workspace, forward) {
      let released = 0
      for (;;) {
        const rows = await db
          .selectFrom('parked_notices')
          .select(['id', 'notice'])
          .where('workspace_id', '=', workspace)
          .orderBy('id')
          .limit(BATCH)
          .execute()
        if (rows.length === 0) return released
        await forward(rows.map((row) => JSON.parse(row.notice) as Notice))
        const ids = rows.map((row) => row.id)
        await db.deleteFrom('parked_notices').where('id', 'in', ids).execute()
        released += rows.length
      }
    },
  }
}

/** For tests. */
export function parkingInMemory(): Parking & { readonly parked: Map<string, Notice> } {
  const parked = new Map<string, Notice>()
  return {
    parked,
    async park(notices) {
      for (const notice of notices) parked.set(`${notice.workspace_id}/${identityOf(notice)}`, notice)
    },
    async workspaces() {
      return [...new Set([...parked.values()].map((notice) => notice.workspace_id))]
    },
    async release(workspace, forward) {
      const mine = [...parked].filter(([, notice]) => notice.workspace_id === workspace)
      if (mine.length > 0) await forward(mine.map(([, notice]) => notice))
      for (const [key] of mine) parked.delete(key)
      return mine.length
    },
  }
}

function identityOf(notice: Notice): string {
  return `${notice.kind}/${notice.id}/${notice.event_type}/${notice.related_id ?? ''}`
}
