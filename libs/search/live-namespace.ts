/**
 * Which namespace of a workspace readers use: that of the live generation, which the control database names in the view
 * `control.live_generations`. Before there is any, it is the first. While the database is away the last one known is
 * read on: a generation that was replaced is kept for days.
 */
import { Pool } from 'pg'
import { SearchStoreError } from './errors.ts'

export interface LiveOptions {
  /** The control database; undefined where there is none. */
  readonly databaseUrl: string | undefined
  readonly cell: string
  /** Before every namespace. */
  readonly prefix: string
  readonly timeoutMs: number
}

export interface LiveNamespaces {
  liveNamespace(workspace: string): Promise<string>
  close(): Promise<void>
}

const FIRST = 1
/** No schema, no view: a database that never heard of generations. */
const UNHEARD_OF = ['3F000', '42P01']

export function liveNamespaces({ databaseUrl, cell, prefix, timeoutMs }: LiveOptions): LiveNamespaces {
  const pool =
    databaseUrl === undefined
      ? undefined
      : new Pool({
          connectionString: databaseUrl,
          max: 2,
          connectionTimeoutMillis: timeoutMs,
          query_timeout: timeoutMs,
          application_name: 'search',
        })
  pool?.on('error', () => undefined)
  let known: number | undefined
  const live = async (): Promise<number> => {
    if (pool === undefined) return FIRST
    try {
      const statement = 'select number from control.live_generations where cell = $1 and sink = $2'
      const { rows } = await pool.query<{ number: number }>(statement, [cell, 'turbopuffer'])
      known = rows[0]?.number ?? FIRST
    } catch (error) {
      if (UNHEARD_OF.includes(String((error as { code?: unknown }).code))) return FIRST
      if (known === undefined)
        throw new SearchStoreError(
          'The control database does not say which namespace of turbopuffer is live; look at DATABASE_URL and its server.',
          { cause: error },
        )
    }
    return known
  }
  return {
    liveNamespace: async (workspace) => `${prefix}${workspace}-g${await live()}`,
    close: async () => pool?.end(),
  }
}
