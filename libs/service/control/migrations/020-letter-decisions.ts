/** What was decided about dead letters: redriven, superseded, dropped (apps/dead-letters). No row: open. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const letterDecisionsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('letter_decisions')
      .addColumn('letter_id', 'text', (column) => column.primaryKey())
      .addColumn('decision', 'text', (column) =>
        column.notNull().check(sql`decision in ('redriven', 'superseded', 'dropped')`),
      )
      .addColumn('decided_by', 'text', (column) => column.notNull())
      .addColumn('decided_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute()
  },
}
