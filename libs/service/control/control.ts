/**
 * The control database: schema `control` of a Postgres, brought up to date whenever it is opened, by one process at a time.
 * Which tables there are is migrations/; what notices changes is listener.ts.
 */
import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { Client, Pool, types } from 'pg'
import { type Listener, listen } from './listener.ts'
import { type Lock, lock } from './lock.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { ControlTables } from './tables.ts'

/** Any number, the same for all versions of this system. */
const MIGRATION_LOCK = '7301460912004711'
const CONNECT_TIMEOUT = 10_000

export interface ControlOptions {
  readonly databaseUrl: string
  /** Connections in the pool. Default 4. */
  readonly poolSize?: number
}

export interface Control {
  /** Unqualified table names mean the schema `control`. */
  readonly db: Kysely<ControlTables>
  /** Calls back on every notification of the channel, and once with null after each (re)connection: then anything may have changed. */
  listen(channel: string, onNotification: (payload: string | null) => void): Promise<Listener>
  /** The lock of this name, for as long as this process wants it; undefined while another has it. */
  lock(name: string): Promise<Lock | undefined>
  close(): Promise<void>
}

/**
 * Connects, migrates, and hands over the database.
 * @throws when the server cannot be reached or a migration fails.
 */
export async function openControl({ databaseUrl, poolSize = 4 }: ControlOptions): Promise<Control> {
  await migrateControl(databaseUrl)
  const pool = new Pool({
    connectionString: databaseUrl,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    application_name: 'attio-stream',
    types: { getTypeParser: types.getTypeParser },
  })
  // A connection that dies is told by the query on it, and replaced on next use; without listeners, one for those at rest and
  // one for those lent out, it would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new Kysely<ControlTables>({ dialect: new PostgresDialect({ pool }) })
  return {
    db: db.withSchema('control'),
    listen: (channel, onNotification) => listen(databaseUrl, channel, onNotification),
    lock: (name) => lock(databaseUrl, name),
    close: () => db.destroy(),
  }
}

/** Brings the schema up to date. Any number of processes may call it at once: one works, the others wait and find it done. */
export async function migrateControl(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (cause) {
    throw new Error('The control database cannot be reached; look at DATABASE_URL and the server it names.', { cause })
  }
  const pool = new Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: CONNECT_TIMEOUT })
  pool.on('error', () => undefined)
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`)
    const migrator = new Migrator({
      db: db.withSchema('control'),
      provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
      migrationTableSchema: 'control',
      // Tables of different apps do not depend on each other: a lower number may arrive later.
      allowUnorderedMigrations: true,
    })
    const { error, results = [] } = await migrator.migrateToLatest()
    const failed = results.find((result) => result.status === 'Error')
    if (error !== undefined)
      throw new Error(`The control database is not up to date: ${failed?.migrationName ?? 'the migration'} failed.`, {
        cause: error,
      })
  } finally {
    await db.destroy()
    await client.end()
  }
}
