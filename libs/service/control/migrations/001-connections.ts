/** Connected workspaces, and a notification on every change of one. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const connectionsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('connections')
      .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
      .addColumn('key', 'text', (column) => column.notNull().unique())
      .addColumn('workspace_id', 'text', (column) => column.notNull().unique())
      .addColumn('workspace_slug', 'text', (column) => column.notNull())
      .addColumn('workspace_name', 'text', (column) => column.notNull())
      .addColumn('token', 'text', (column) => column.notNull())
      .addColumn('webhook_id', 'text')
      .addColumn('webhook_secret', 'text')
      .addColumn('webhook_created_at', 'timestamptz')
      .addColumn('scopes', sql`text[]`, (column) => column.notNull())
      .addColumn('status', 'text', (column) =>
        column.notNull().check(sql`status in ('active', 'broken', 'disconnected')`),
      )
      .addColumn('status_reason', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute()
    await sql`
      create function control.connections_changed() returns trigger language plpgsql as $$
      begin
        perform pg_notify('control_connections', coalesce(new.workspace_id, old.workspace_id));
        return null;
      end $$`.execute(db)
    await sql`
      create trigger connections_changed after insert or update or delete on control.connections
      for each row execute function control.connections_changed()`.execute(db)
  },
}
