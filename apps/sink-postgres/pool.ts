/** Connections to the Postgres that holds the documents. */
import { Pool } from 'pg'
import type { StoreSettings } from './config.ts'

const CONNECT_TIMEOUT = 10_000

/** Connects on first use. */
export function poolOf(settings: StoreSettings, max: number): Pool {
  const pool = new Pool({
    connectionString: settings.SINK_POSTGRES_URL ?? settings.DATABASE_URL,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    statement_timeout: settings.SINK_POSTGRES_TIMEOUT_MS,
    // A server that is gone without a word is noticed here.
    query_timeout: settings.SINK_POSTGRES_TIMEOUT_MS + 5000,
    keepAlive: true,
    application_name: 'sink-postgres',
    // Words over 2 kB are not indexed; Postgres need not say so each time.
    options: '-c client_min_messages=warning',
  })
  // A connection that dies is told by the query on it, and replaced on next use; without listeners, one for those at rest and
  // one for those lent out, it would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** The pool, not to be ended by kysely. */
export function lent(pool: Pool) {
  return { options: pool.options, connect: () => pool.connect(), end: async () => {} }
}
