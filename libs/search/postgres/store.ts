/** Postgres by words: the view `documents` of the sink's schema, which is the live generation without marks. Postgres 16 or newer. */
import type { Metadata } from '@attio-stream/documents'
import { Pool } from 'pg'
import { SearchStoreError } from '../errors.ts'
import type { Found, Store } from '../hit.ts'
import { MARKS, snippetOf } from '../snippet.ts'
import { statementOf } from './statement.ts'

export interface PostgresOptions {
  readonly url: string
  readonly schema: string
  readonly timeoutMs: number
}

interface Row {
  readonly record_id: string
  readonly id: string
  readonly source: string
  readonly object_slug: string
  readonly title: string
  readonly metadata: Metadata
  readonly web_url: string | null
  readonly created_at: Date
  readonly score: number
  readonly exact: boolean
  readonly marked: string | null
}

export function postgresStore({ url, schema, timeoutMs }: PostgresOptions): Store {
  const pool = new Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + 1_000,
    application_name: 'search',
    // Days in metadata are days in UTC.
    options: '-c timezone=UTC',
  })
  // A connection that dies while idle is replaced on next use; without a listener it would end the process.
  pool.on('error', () => undefined)
  const query = async <T extends object>(
    text: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<T[]> => {
    signal.throwIfAborted()
    try {
      const { rows } = await pool.query<T>(text, [...values])
      signal.throwIfAborted()
      return rows
    } catch (error) {
      signal.throwIfAborted()
      throw failureOf(error, schema)
    }
  }
  return {
    name: 'postgres',
    search: async (asked, signal) => {
      const { text, values } = statementOf(asked, schema)
      return (await query<Row>(text, values, signal)).map(foundOf)
    },
    customFields: async (workspace, signal) => {
      const rows = await query<{ name: string }>(
        `select distinct name from "${schema}".documents, jsonb_object_keys(metadata) name
          where workspace_id = $1 and starts_with(name, 'custom_') order by name`,
        [workspace],
        signal,
      )
      return rows.map(({ name }) => name)
    },
    close: () => pool.end(),
  }
}

function foundOf(row: Row): Found {
  return {
    documentId: row.id,
    recordId: row.record_id,
    source: row.source,
    objectSlug: row.object_slug,
    title: row.title,
    snippets: (row.marked ?? '')
      .split(MARKS.between)
      .map(snippetOf)
      .filter((snippet) => snippet.length > 0),
    score: row.score,
    exact: row.exact,
    webUrl: row.web_url,
    createdAt: row.created_at.toISOString(),
    metadata: row.metadata,
  }
}

/** Postgres' own messages quote data, so only the code goes on. */
function failureOf(error: unknown, schema: string): Error {
  const { code } = error as { readonly code?: string }
  if (code === '42P01' || code === '3F000')
    return new SearchStoreError(
      `Postgres has no view ${schema}.documents: has sink-postgres run, and is SINK_POSTGRES_SCHEMA the same?`,
    )
  return new SearchStoreError(
    `Postgres did not answer a search in ${schema}.documents (${code ?? (error as Error).name}); look at the server and its address.`,
  )
}
