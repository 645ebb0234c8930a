/**
 * The tables of the schema `control` that this package reads and writes. An app that keeps a table of its own adds its
 * migration to migrations/ and describes the table beside its code: `control.db.withTables<{ … }>()`.
 */
import type { ColumnType, Generated } from 'kysely'

export type ConnectionStatus = 'active' | 'broken' | 'disconnected'

export interface ConnectionsTable {
  readonly id: Generated<string>
  readonly key: string
  readonly workspace_id: string
  readonly workspace_slug: string
  readonly workspace_name: string
  /** sealed */
  readonly token: string
  readonly webhook_id: string | null
  /** sealed */
  readonly webhook_secret: string | null
  readonly webhook_created_at: ColumnType<Date | null, Date | null | undefined>
  readonly scopes: string[]
  readonly status: ConnectionStatus
  readonly status_reason: string
  readonly created_at: Generated<Date>
  readonly updated_at: Generated<Date>
}

export interface ControlTables {
  readonly connections: ConnectionsTable
}
