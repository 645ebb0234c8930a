/** Runs over a workspace, backfills and sweeps, one of a kind at a time; and what is watched to know when a sweep is due (apps/backfill). */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const runsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('runs')
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('backfill', 'sweep')`))
      .addColumn('reason', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('since', 'jsonb')
      .addColumn('summary', 'jsonb')
      .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addColumn('ended_at', 'timestamptz')
      .addPrimaryKeyConstraint('runs_key', ['workspace_id', 'run'])
      .execute()
    await sql`
      insert into control.runs (workspace_id, run, kind)
      select distinct on (workspace_id) workspace_id, run, 'backfill' from control.walks
      where state in ('waiting', 'walking') order by workspace_id, created_at desc`.execute(db)
    await sql`create unique index runs_open on control.runs (workspace_id, kind) where ended_at is null`.execute(db)
    await db.schema
      .createTable('sweep_watch')
      .addColumn('workspace_id', 'text', (column) => column.primaryKey())
      .addColumn('since', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addColumn('looked_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addColumn('webhook', 'text', (column) => column.notNull())
      .addColumn('schema', 'text', (column) => column.notNull())
      .addColumn('swept_schema', 'text', (column) => column.notNull())
      .addColumn('wanted', 'text')
      .execute()
  },
}
