/**
 * Walks in the control database: tables control.runs and control.walks. A unique index over open runs sees to it that of any
 * number of processes asking at once one makes the run and the others find it.
 */
import { cursorSchema } from '@attio-stream/attio'
import type { Control } from '@attio-stream/service'
import { type ColumnType, type Generated, type Selectable, sql } from 'kysely'
import { DIRECTORY, type PlannedStream } from './stream.ts'
import type { RunKind, Since, Summary, Walk, WalkKey, WalkState, Walks } from './walks.ts'

interface RunsTable {
  readonly workspace_id: string
  readonly run: string
  readonly kind: RunKind
  readonly reason: Generated<string>
  readonly since: ColumnType<Since | null, string | null | undefined, string>
  readonly summary: ColumnType<Summary | null, string | null | undefined, string>
  readonly created_at: ColumnType<Date, Date | undefined, Date>
  readonly ended_at: ColumnType<Date | null, Date | null | undefined, Date>
}
interface WalksTable {
  readonly workspace_id: string
  readonly run: string
  readonly stream: string
  readonly title: string
  readonly state: ColumnType<WalkState, WalkState, WalkState>
  readonly reason: Generated<string>
  readonly cursor: ColumnType<unknown, string | null | undefined, string | null>
  readonly rows: ColumnType<string, number | undefined, number>
  readonly pages: ColumnType<string, number | undefined, number>
  readonly rejected: ColumnType<string, number | undefined, number>
  readonly started_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  readonly finished_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  readonly created_at: ColumnType<Date, Date | undefined, Date>
  readonly updated_at: ColumnType<Date, Date | undefined, Date>
}
type Tables = { readonly runs: RunsTable; readonly walks: WalksTable }

export function walksIn(control: Control): Walks {
  const db = control.db.withTables<Tables>()
  const of = ({ workspace, run, stream }: WalkKey) => ({ workspace_id: workspace, run, stream })
  const ofRun = (workspace: string, run: string) => ({ workspace_id: workspace, run })
  const insert = async (
    into: Pick<typeof db, 'insertInto'>,
    workspace: string,
    run: string,
    streams: readonly PlannedStream[],
  ): Promise<void> => {
    const rows = streams.map(({ name, title }) => ({ ...of({ workspace, run, stream: name }), title }))
    if (rows.length > 0)
      await into
        .insertInto('walks')
        .values(rows.map((row) => ({ ...row, state: 'waiting' as const })))
        .onConflict((conflict) => conflict.doNothing())
        .execute()
  }
  const begin = async (values: { workspace: string; run: string; kind: RunKind; reason: string }): Promise<boolean> => {
    const { workspace, run, kind, reason } = values
    return db.transaction().execute(async (transaction) => {
      const made = await transaction
        .insertInto('runs')
        .values({ ...ofRun(workspace, run), kind, reason })
        .onConflict((conflict) => conflict.doNothing())
        .returning('run')
        .executeTakeFirst()
      if (made !== undefined) await insert(transaction, workspace, run, [{ name: DIRECTORY, title: DIRECTORY }])
      return made !== undefined
    })
  }
  const open = async (workspace: string, kind: RunKind): Promise<string | undefined> => {
    const row = await db
      .selectFrom('runs')
      .select('run')
      .where((where) => where.and({ workspace_id: workspace, kind }))
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    return row?.run
  }
  const end = async (workspace: string, run: string): Promise<boolean> => {
    await db
      .updateTable('runs')
      .set({ ended_at: sql<Date>`now()` })
      .where((where) => where.and(ofRun(workspace, run)))
      .where('ended_at', 'is', null)
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('walks')
              .select('stream')
              .whereRef('walks.workspace_id', '=', 'runs.workspace_id')
              .whereRef('walks.run', '=', 'runs.run')
              .where('walks.state', 'in', ['waiting', 'walking']),
          ),
        ),
      )
      .execute()
    const row = await db
      .selectFrom('runs')
      .select('ended_at')
      .where((where) => where.and(ofRun(workspace, run)))
      .executeTakeFirst()
    return row === undefined || row.ended_at !== null
  }
  /** One that came to its end and died before saying so is ended here. */
  const stillOpen = async (workspace: string, kind: RunKind): Promise<string | undefined> => {
    const run = await open(workspace, kind)
    return run === undefined || (await end(workspace, run)) ? undefined : run
  }
  return {
    async open({ workspace, kind, run, reason }) {
      for (let n = 0; ; n += 1) {
        const underway = await stillOpen(workspace, kind)
        if (underway !== undefined) return { run: underway, created: false }
        // A run of this name that is over already is in the way of a second one of the same millisecond.
        const name = n === 0 ? run : `${run}.${n}`
        if (await begin({ workspace, run: name, kind, reason })) return { run: name, created: true }
      }
    },
    async begin(workspace, run, kind = 'backfill') {
      await begin({ workspace, run, kind, reason: '' })
    },
    plan: (workspace, run, streams) => insert(db, workspace, run, streams),
    async find(key) {
      const row = await db
        .selectFrom('walks')
        .selectAll()
        .where((where) => where.and(of(key)))
        .executeTakeFirst()
      return row === undefined ? undefined : toWalk(row)
    },
    async advance(key, { cursor, rows, rejected }) {
      await db
        .updateTable('walks')
        .set({
          cursor: cursor === null ? null : JSON.stringify(cursor),
          rows: sql<number>`rows + ${rows}`,
          pages: sql<number>`pages + 1`,
          rejected: sql<number>`rejected + ${rejected}`,
          updated_at: sql<Date>`now()`,
        })
        .where((where) => where.and(of(key)))
        .execute()
    },
    async set(key, state, reason = '') {
      const now = sql<Date>`now()`
      await db
        .updateTable('walks')
        .set({
          state,
          reason,
          updated_at: now,
          ...(state === 'walking' ? { started_at: sql<Date>`coalesce(started_at, now())` } : {}),
          ...(state === 'waiting' || state === 'walking' ? {} : { finished_at: now }),
        })
        .where((where) => where.and(of(key)))
        .execute()
    },
    async ofRun(workspace, run) {
      const rows = await db
        .selectFrom('walks')
        .selectAll()
        .where((where) => where.and(ofRun(workspace, run)))
        .orderBy('created_at')
        .orderBy('stream')
        .execute()
      return rows.map(toWalk)
    },
    async keepSince(workspace, run, since) {
      await db
        .updateTable('runs')
        .set({ since: JSON.stringify(since) })
        .where((where) => where.and(ofRun(workspace, run)))
        .where('since', 'is', null)
        .execute()
    },
    since: async (workspace, run) => (await about(workspace, run))?.since ?? null,
    async summarise(workspace, run, summary) {
      await db
        .updateTable('runs')
        .set({ summary: JSON.stringify(summary) })
        .where((where) => where.and(ofRun(workspace, run)))
        .execute()
    },
    summary: async (workspace, run) => (await about(workspace, run))?.summary ?? null,
    end,
    unfinished: (workspace, kind = 'backfill') => stillOpen(workspace, kind),
  }

  async function about(workspace: string, run: string) {
    return db
      .selectFrom('runs')
      .select(['since', 'summary'])
      .where((where) => where.and(ofRun(workspace, run)))
      .executeTakeFirst()
  }
}

function toWalk(row: Selectable<WalksTable>): Walk {
  // A cursor of an older version that cannot be read means: from the beginning.
  const cursor = cursorSchema.nullable().safeParse(row.cursor)
  const { workspace_id: workspace, run, stream, title, state, reason } = row
  return {
    workspace,
    run,
    stream,
    title,
    state,
    reason,
    cursor: cursor.success ? cursor.data : null,
    rows: Number(row.rows),
    pages: Number(row.pages),
  }
}
