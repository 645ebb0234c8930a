/**
 * How far each stream of a run has come: table control.walks. A cursor is kept after the brokers have its page, so a run
 * that dies goes on from there and repeats one page at most.
 */
import { type Cursor, cursorSchema } from '@attio-stream/attio'
import type { Control } from '@attio-stream/service'
import { type ColumnType, sql } from 'kysely'
import { DIRECTORY, type PlannedStream } from './stream.ts'

export type WalkState = 'waiting' | 'walking' | 'done' | 'skipped' | 'failed'

export interface WalkKey {
  readonly workspace: string
  readonly run: string
  readonly stream: string
}
export interface Walk extends WalkKey {
  readonly title: string
  readonly state: WalkState
  /** A sentence when skipped, failed or waiting for something. */
  readonly reason: string
  readonly cursor: Cursor | null
  readonly rows: number
  readonly pages: number
}
export interface PageProgress {
  readonly cursor: Cursor | null
  readonly rows: number
  readonly rejected: number
}

export interface Walks {
  /** A new run of the workspace; the fan-out is its first stream. */
  begin(workspace: string, run: string): Promise<void>
  /** The fan-out is done: these streams are to be walked. Called again, it adds what is new. */
  plan(workspace: string, run: string, streams: readonly PlannedStream[]): Promise<void>
  find(key: WalkKey): Promise<Walk | undefined>
  /** A page is with the brokers. */
  advance(key: WalkKey, page: PageProgress): Promise<void>
  set(key: WalkKey, state: WalkState, reason?: string): Promise<void>
  ofRun(workspace: string, run: string): Promise<readonly Walk[]>
  /** The last run that has not come to its end, if there is one. */
  unfinished(workspace: string): Promise<string | undefined>
}

type WalkTables = {
  readonly walks: {
    readonly workspace_id: string
    readonly run: string
    readonly stream: string
    readonly title: string
    readonly state: ColumnType<WalkState, WalkState, WalkState>
    readonly reason: ColumnType<string, string | undefined, string>
    readonly cursor: ColumnType<unknown, string | null | undefined, string | null>
    readonly rows: ColumnType<string, number | undefined, number>
    readonly pages: ColumnType<string, number | undefined, number>
    readonly rejected: ColumnType<string, number | undefined, number>
    readonly started_at: ColumnType<Date | null, Date | null | undefined, Date | null>
    readonly finished_at: ColumnType<Date | null, Date | null | undefined, Date | null>
    readonly created_at: ColumnType<Date, Date | undefined, Date>
    readonly updated_at: ColumnType<Date, Date | undefined, Date>
  }
}
interface WalkRow {
  readonly workspace_id: string
  readonly run: string
  readonly stream: string
  readonly title: string
  readonly state: WalkState
  readonly reason: string
  readonly cursor: unknown
  readonly rows: string
  readonly pages: string
}

export function walksIn(control: Control): Walks {
  const db = control.db.withTables<WalkTables>()
  const of = ({ workspace, run, stream }: WalkKey) => ({ workspace_id: workspace, run, stream })
  const insert = async (workspace: string, run: string, streams: readonly PlannedStream[]): Promise<void> => {
    const rows = streams.map(({ name, title }) => ({
      ...of({ workspace, run, stream: name }),
      title,
      state: 'waiting' as const,
    }))
    if (rows.length > 0)
      await db
        .insertInto('walks')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
  }
  return {
    begin: (workspace, run) => insert(workspace, run, [{ name: DIRECTORY, title: DIRECTORY }]),
    plan: insert,
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
        .where((where) => where.and({ workspace_id: workspace, run }))
        .orderBy('created_at')
        .orderBy('stream')
        .execute()
      return rows.map(toWalk)
    },
    async unfinished(workspace) {
      const row = await db
        .selectFrom('walks')
        .select('run')
        .where('workspace_id', '=', workspace)
        .where('state', 'in', ['waiting', 'walking'])
        .orderBy('created_at', 'desc')
        .executeTakeFirst()
      return row?.run
    },
  }
}

function toWalk(row: WalkRow): Walk {
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

/** For tests. */
export function walksInMemory(): Walks {
  const kept = new Map<string, Walk>()
  const id = ({ workspace, run, stream }: WalkKey): string => `${workspace} ${run} ${stream}`
  const change = (key: WalkKey, next: (walk: Walk) => Walk): void => {
    const walk = kept.get(id(key))
    if (walk !== undefined) kept.set(id(key), next(walk))
  }
  const insert = async (workspace: string, run: string, streams: readonly PlannedStream[]): Promise<void> => {
    for (const { name, title } of streams) {
      const walk: Walk = {
        workspace,
        run,
        stream: name,
        title,
        state: 'waiting',
        reason: '',
        cursor: null,
        rows: 0,
        pages: 0,
      }
      if (!kept.has(id(walk))) kept.set(id(walk), walk)
    }
  }
  return {
    begin: (workspace, run) => insert(workspace, run, [{ name: DIRECTORY, title: DIRECTORY }]),
    plan: insert,
    find: async (key) => kept.get(id(key)),
    advance: async (key, { cursor, rows }) =>
      change(key, (walk) => ({
        ...walk,
        cursor: structuredClone(cursor),
        rows: walk.rows + rows,
        pages: walk.pages + 1,
      })),
    set: async (key, state, reason = '') => change(key, (walk) => ({ ...walk, state, reason })),
    ofRun: async (workspace, run) =>
      [...kept.values()].filter((walk) => walk.workspace === workspace && walk.run === run),
    unfinished: async (workspace) =>
      [...kept.values()].findLast((walk) => walk.workspace === workspace && ['waiting', 'walking'].includes(walk.state))
        ?.run,
  }
}
