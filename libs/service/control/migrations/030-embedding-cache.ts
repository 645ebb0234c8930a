/** Vectors of texts that were embedded before (apps/sink-turbopuffer). */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const embeddingCacheMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('embedding_cache')
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('vector', 'bytea', (column) => column.notNull())
      .addColumn('used_on', 'date', (column) => column.notNull().defaultTo(sql`current_date`))
      .addPrimaryKeyConstraint('embedding_cache_key', ['model', 'hash'])
      .execute()
    await db.schema.createIndex('embedding_cache_used_on').on('embedding_cache').column('used_on').execute()
  },
}
