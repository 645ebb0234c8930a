/**
 * What the documents look like in Postgres: a schema of its own with one table per generation, and the view `documents`,
 * which is what readers use: the live generation without its marks. Opening makes what is missing and refuses a table of
 * another shape.
 */
import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'

/** Columns of a generation: name, type as information_schema says it, definition. */
const COLUMNS: readonly (readonly [name: string, type: string, definition: string])[] = [
  ['record_id', 'text', 'text collate "C" primary key'],
  ['workspace_id', 'text', 'text collate "C" not null'],
  ['id', 'text', 'text collate "C"'],
  ['source', 'text', 'text collate "C"'],
  ['object_slug', 'text', 'text collate "C"'],
  ['title', 'text', 'text'],
  ['text', 'text', 'text'],
  ['metadata', 'jsonb', 'jsonb'],
  ['chunks', 'jsonb', 'jsonb'],
  ['web_url', 'text', 'text'],
  ['created_at', 'timestamp with time zone', 'timestamptz'],
  ['version', 'bigint', 'bigint not null'],
  ['partition', 'integer', 'integer not null'],
  ['hash', 'text', 'text collate "C" not null'],
  ['deleted', 'boolean', 'boolean not null'],
  ['updated_at', 'timestamp with time zone', 'timestamptz not null default now()'],
  ['search', 'tsvector', 'tsvector generated always as ({schema}.words(title, text)) stored'],
]

/** What readers see; everything but how the sink keeps order among writes and marks. */
const VISIBLE = COLUMNS.map(([name]) => name).filter((name) => name !== 'deleted' && name !== 'partition')

/**
 * The searchable words of a document. Postgres refuses a tsvector over 1 MB: texts below 200,000 bytes cannot reach it,
 * longer ones are indexed from the beginning as far as they fit. The whole text is stored all the same.
 */
const WORDS = `
create function {schema}.words(title text, body text) returns tsvector
language plpgsql immutable parallel safe as $$
declare
  size integer := length(body);
begin
  if title is null or body is null then return null; end if;
  if octet_length(body) <= 200000 and octet_length(title) <= 4000 then
    return setweight(to_tsvector('pg_catalog.english', title), 'A') || to_tsvector('pg_catalog.english', body);
  end if;
  loop
    begin
      return setweight(to_tsvector('pg_catalog.english', left(title, 1000)), 'A')
        || to_tsvector('pg_catalog.english', left(body, size));
    exception when program_limit_exceeded then
      size := size / 2;
    end;
  end loop;
end $$`

const migrations = (schema: string): Record<string, Migration> => ({
  '2026-11-23-words': {
    up: async (db) => {
      await sql.raw(WORDS.replaceAll('{schema}', quoted(schema))).execute(db)
    },
  },
})

export const quoted = (schema: string): string => `"${schema}"`
export const tableOf = (schema: string, generation: number): string => `${quoted(schema)}.documents_g${generation}`

/** What readers see of a generation. */
export const viewOf = (table: string): string => `select ${VISIBLE.join(', ')} from ${table} where not deleted`

/** All that decides what a generation looks like. */
export const DECLARED: unknown = [COLUMNS, WORDS]

/** Makes schema, words and generation; the view only when there is none, for which generation is live is another's decision. */
export async function openSchema(
  db: Kysely<unknown>,
  { schema, generation }: { readonly schema: string; readonly generation: number },
): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations(schema) },
    migrationTableSchema: schema,
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  const table = tableOf(schema, generation)
  await db.transaction().execute(async (transaction) => {
    const run = async (text: string) => await sql.raw(text).execute(transaction)
    await run(`select pg_advisory_xact_lock(hashtext('sink-postgres ${schema}'))`)
    const { rows } = await sql<{ found: boolean }>`select to_regclass(${table}) is not null as found`.execute(
      transaction,
    )
    if (rows[0]?.found !== true) await createGeneration(run, schema, table)
    await refuseDrift(transaction, schema, table)
    const view = await sql<{
      found: boolean
    }>`select to_regclass(${`${quoted(schema)}.documents`}) is not null as found`.execute(transaction)
    if (view.rows[0]?.found !== true) await run(`create view ${quoted(schema)}.documents as ${viewOf(table)}`)
  })
}

async function createGeneration(run: (text: string) => Promise<unknown>, schema: string, table: string): Promise<void> {
  const columns = COLUMNS.map(([name, , definition]) => `${name} ${definition.replaceAll('{schema}', quoted(schema))}`)
  const whole = `check (deleted or (id is not null and title is not null and text is not null))`
  await run(`create table ${table} (${columns.join(', ')}, ${whole})`)
  const name = table.slice(table.indexOf('.') + 1)
  await run(`create index ${name}_search on ${table} using gin (search)`)
  await run(`create index ${name}_metadata on ${table} using gin (metadata jsonb_path_ops)`)
  await run(`create index ${name}_source on ${table} (workspace_id, source)`)
  await run(`create index ${name}_id on ${table} (id)`)
  // Several times faster than the default and hardly larger; not every build of Postgres has it.
  await run(`do $$ begin
    if (select 'lz4' = any(enumvals) from pg_settings where name = 'default_toast_compression') then
      alter table ${table} alter column text set compression lz4, alter column chunks set compression lz4,
        alter column metadata set compression lz4, alter column search set compression lz4;
    end if;
  end $$`)
}

/** What is there was not made by this code. */
export class ShapeError extends Error {
  override name = 'ShapeError'
}

async function refuseDrift(db: Kysely<unknown>, schema: string, table: string): Promise<void> {
  const name = table.slice(table.indexOf('.') + 1)
  const { rows } = await sql<{ name: string; type: string }>`
    select column_name as name, data_type as type from information_schema.columns
    where table_schema = ${schema} and table_name = ${name}`.execute(db)
  const found = new Map(rows.map((row) => [row.name, row.type]))
  const wrong = COLUMNS.flatMap(([column, type]) =>
    found.get(column) === type ? [] : [`${column} is ${found.get(column) ?? 'missing'} and should be ${type}`],
  )
  const extra = rows
    .filter((row) => !COLUMNS.some(([column]) => column === row.name))
    .map((row) => `${row.name} is unknown`)
  if (wrong.length + extra.length > 0)
    throw new ShapeError(
      `The table ${table} has another shape: ${[...wrong, ...extra].join('; ')}. Start a new generation.`,
    )
}
