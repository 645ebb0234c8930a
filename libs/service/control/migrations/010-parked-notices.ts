/** Notices of broken connections, waiting until they are active again (apps/hydrate). */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const parkedNoticesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('parked_notices')
      .addColumn('id', 'bigserial', (column) => column.primaryKey())
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('identity', 'text', (column) => column.notNull())
      .addColumn('notice', 'text', (column) => column.notNull())
      .addColumn('parked_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addUniqueConstraint('parked_notices_identity', ['workspace_id', 'identity'])
      .execute()
  },
}
