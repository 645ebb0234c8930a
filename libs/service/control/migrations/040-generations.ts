/**
 * Generations of every sink's index (libs/sink), at most one of them live and one on its way there, and a notification on
 * every step of one. `live_generations` is what readers ask.
 */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const generationsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('generations')
      .addColumn('cell', 'text', (column) => column.notNull())
      .addColumn('sink', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('format', 'text', (column) => column.notNull())
      .addColumn('schema', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('places', sql`text[]`, (column) => column.notNull())
      .addColumn('state', 'text', (column) =>
        column.notNull().check(sql`state in ('building', 'caught up', 'verified', 'live', 'retired', 'dropped')`),
      )
      .addColumn('reason', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('switching', 'boolean', (column) => column.notNull().defaultTo(false))
      .addColumn('done', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('total', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('rate', 'double precision', (column) => column.notNull().defaultTo(0))
      .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addColumn('caught_up_at', 'timestamptz')
      .addColumn('verified_at', 'timestamptz')
      .addColumn('live_at', 'timestamptz')
      .addColumn('followed_at', 'timestamptz')
      .addColumn('retired_at', 'timestamptz')
      .addColumn('dropped_at', 'timestamptz')
      .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .addPrimaryKeyConstraint('generations_key', ['cell', 'sink', 'number'])
      .execute()
    await sql`
      create unique index generations_one_under_way on control.generations (cell, sink)
      where state in ('building', 'caught up', 'verified')`.execute(db)
    await sql`
      create unique index generations_one_live on control.generations (cell, sink) where state = 'live'`.execute(db)
    await sql`
      create view control.live_generations as
      select cell, sink, number, places from control.generations where state = 'live'`.execute(db)
    await sql`
      create function control.generations_changed() returns trigger language plpgsql as $$
      begin
        perform pg_notify('control_generations', new.sink);
        return null;
      end $$`.execute(db)
    await sql`
      create trigger generations_changed after insert or update of state, switching on control.generations
      for each row execute function control.generations_changed()`.execute(db)
  },
}
