/** How far each stream of a workspace's backfill has come (apps/backfill). */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const walksMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('walks')
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('stream', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) =>
        column.notNull().check(sql`state in ('waiting', 'walking', 'done', 'skipped', 'failed')`),
      )
      .addColumn('reason', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('cursor', 'jsonb')
      .addColumn('rows', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('pages', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('rejected', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('started_at', 'timestamptz')
      .addColumn('finished_at', 'timestamptz')
      .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addPrimaryKeyConstraint('walks_key', ['workspace_id', 'run', 'stream'])
      .execute()
  },
}
