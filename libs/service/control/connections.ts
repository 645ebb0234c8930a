/**
 * Connected workspaces: one row each, token and webhook secret sealed. Connecting again keeps id and key, so the webhook's
 * URL stays. Every change is notified to all processes (live-connections.ts). Calls to Attio are apps/connect's.
 */
import { randomBytes } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { Control } from './control.ts'
import type { Listener } from './listener.ts'
import { isStale, type Keyring, type Place, seal, unseal } from './seal.ts'
import type { ConnectionStatus, ConnectionsTable } from './tables.ts'

const CHANNEL = 'control_connections'
const KEY_BYTES = 24

export interface Webhook {
  readonly id: string
  readonly secret: string
  /** Attio sent nothing before this: what changed earlier is found only by a walk. */
  readonly createdAt: Date
}

export interface Connection {
  readonly id: string
  /** The part of the webhook URL nobody can guess. */
  readonly key: string
  readonly workspaceId: string
  readonly workspaceSlug: string
  readonly workspaceName: string
  readonly token: string
  /** Null until it is registered, and after disconnecting. */
  readonly webhook: Webhook | null
  readonly scopes: readonly string[]
  readonly status: ConnectionStatus
  /** A sentence when it is not active. */
  readonly statusReason: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A row whose secrets this process cannot open. */
export interface UnreadableConnection {
  readonly workspaceId: string
  readonly reason: string
}

export interface NewConnection {
  readonly workspaceId: string
  readonly workspaceSlug: string
  readonly workspaceName: string
  readonly token: string
  readonly scopes: readonly string[]
}

export class Connections {
  readonly #control: Control
  readonly #keyring: Keyring

  constructor(control: Control, keyring: Keyring) {
    this.#control = control
    this.#keyring = keyring
  }

  /**
   * Stores the token of a workspace, new or connected before; id, key and webhook stay. A workspace without a webhook is
   * broken ("has no webhook yet") until `setWebhook`.
   */
  async save(connection: NewConnection): Promise<Connection> {
    const { workspaceId, token, scopes } = connection
    const about = {
      workspace_slug: connection.workspaceSlug,
      workspace_name: connection.workspaceName,
      scopes: [...scopes],
    }
    return this.#control.db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('connections')
        .values({
          ...about,
          key: randomBytes(KEY_BYTES).toString('base64url'),
          workspace_id: workspaceId,
          token: '',
          status: 'broken',
          status_reason: 'has no webhook yet',
        })
        .onConflict((conflict) => conflict.column('workspace_id').doNothing())
        .execute()
      const { id } = await transaction
        .selectFrom('connections')
        .select('id')
        .where('workspace_id', '=', workspaceId)
        .forUpdate()
        .executeTakeFirstOrThrow()
      const row = await transaction
        .updateTable('connections')
        .set({
          ...about,
          token: seal(this.#keyring, token, tokenOf(id)),
          status: sql<ConnectionStatus>`case when webhook_id is null then 'broken' else 'active' end`,
          status_reason: sql<string>`case when webhook_id is null then 'has no webhook yet' else '' end`,
          updated_at: sql<Date>`now()`,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      return this.#open(row)
    })
  }

  /** The webhook is registered: deliveries signed with its secret are ours, and the connection is active. */
  async setWebhook(
    workspaceId: string,
    webhook: { readonly id: string; readonly secret: string },
  ): Promise<Connection> {
    const { id } = await this.#row(workspaceId)
    const row = await this.#control.db
      .updateTable('connections')
      .set({
        webhook_id: webhook.id,
        webhook_secret: seal(this.#keyring, webhook.secret, secretOf(id)),
        webhook_created_at: sql<Date>`now()`,
        status: 'active',
        status_reason: '',
        updated_at: sql<Date>`now()`,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return this.#open(row)
  }

  /** The webhook is gone at Attio; the connection waits as broken until there is another. */
  async clearWebhook(workspaceId: string): Promise<void> {
    await this.#update(workspaceId, {
      webhook_id: null,
      webhook_secret: null,
      webhook_created_at: null,
      status: 'broken',
      status_reason: 'has no webhook yet',
    })
  }

  /** The token is refused, or the like: readers leave the workspace alone until it is active again. `reason`: a sentence. */
  async markBroken(workspaceId: string, reason: string): Promise<void> {
    await this.#update(workspaceId, { status: 'broken', status_reason: reason }, ['active', 'broken'])
  }

  async markActive(workspaceId: string): Promise<void> {
    await this.#update(workspaceId, { status: 'active', status_reason: '' }, ['active', 'broken'])
  }

  /** The webhook is forgotten, and the token with it. */
  async markDisconnected(workspaceId: string): Promise<void> {
    const { id } = await this.#row(workspaceId)
    await this.#update(workspaceId, {
      webhook_id: null,
      webhook_secret: null,
      webhook_created_at: null,
      token: seal(this.#keyring, '', tokenOf(id)),
      status: 'disconnected',
      status_reason: 'was disconnected',
    })
  }

  /** @throws SealError when its secrets do not open. */
  async byKey(key: string): Promise<Connection | undefined> {
    const row = await this.#control.db.selectFrom('connections').selectAll().where('key', '=', key).executeTakeFirst()
    return row === undefined ? undefined : this.#open(row)
  }

  /** @throws SealError when its secrets do not open. */
  async byWorkspace(workspaceId: string): Promise<Connection | undefined> {
    const row = await this.#find(workspaceId)
    return row === undefined ? undefined : this.#open(row)
  }

  /** All of them, by name. Rows that do not open are told apart and hide no others. */
  async list(): Promise<{
    readonly connections: readonly Connection[]
    readonly unreadable: readonly UnreadableConnection[]
  }> {
    const rows = await this.#control.db.selectFrom('connections').selectAll().orderBy('workspace_name').execute()
    const connections: Connection[] = []
    const unreadable: UnreadableConnection[] = []
    for (const row of rows) {
      try {
        connections.push(this.#open(row))
      } catch (error) {
        unreadable.push({
          workspaceId: row.workspace_id,
          reason: error instanceof Error ? error.message : String(error),
        })
      }
    }
    return { connections, unreadable }
  }

  async listActive(): Promise<readonly Connection[]> {
    return (await this.list()).connections.filter((connection) => connection.status === 'active')
  }

  /** Calls back with the workspace whose connection changed; with null when any may have (after a reconnection). */
  watch(onChange: (workspaceId: string | null) => void): Promise<Listener> {
    return this.#control.listen(CHANNEL, onChange)
  }

  /** Seals with the newest key what an old one sealed. @returns how many rows changed. */
  async reseal(): Promise<number> {
    return this.#control.db.transaction().execute(async (transaction) => {
      const rows = await transaction.selectFrom('connections').selectAll().forUpdate().execute()
      const stale = rows.filter((row) =>
        [row.token, row.webhook_secret].some((text) => text && isStale(this.#keyring, text)),
      )
      for (const { id, token, webhook_secret } of stale)
        await transaction
          .updateTable('connections')
          .set({
            token: this.#again(token, tokenOf(id)),
            webhook_secret: webhook_secret === null ? null : this.#again(webhook_secret, secretOf(id)),
          })
          .where('id', '=', id)
          .execute()
      return stale.length
    })
  }

  #again(sealed: string, place: Place): string {
    return seal(this.#keyring, unseal(this.#keyring, sealed, place), place)
  }

  #find(workspaceId: string): Promise<Selectable<ConnectionsTable> | undefined> {
    const query = this.#control.db.selectFrom('connections').selectAll().where('workspace_id', '=', workspaceId)
    return query.executeTakeFirst()
  }

  async #row(workspaceId: string): Promise<Selectable<ConnectionsTable>> {
    const row = await this.#find(workspaceId)
    if (row === undefined)
      throw new Error(`No workspace ${workspaceId} is connected; \`npm run connect -- --list\` shows those that are.`)
    return row
  }

  async #update(
    workspaceId: string,
    change: Partial<Omit<Selectable<ConnectionsTable>, 'id' | 'key'>>,
    from: readonly ConnectionStatus[] = ['active', 'broken', 'disconnected'],
  ): Promise<void> {
    await this.#control.db
      .updateTable('connections')
      .set({ ...change, updated_at: sql<Date>`now()` })
      .where('workspace_id', '=', workspaceId)
      .where('status', 'in', [...from])
      .execute()
  }

  #open(row: Selectable<ConnectionsTable>): Connection {
    const { webhook_id, webhook_secret, webhook_created_at } = row
    return {
      id: row.id,
      key: row.key,
      workspaceId: row.workspace_id,
      workspaceSlug: row.workspace_slug,
      workspaceName: row.workspace_name,
      token: unseal(this.#keyring, row.token, tokenOf(row.id)),
      webhook:
        webhook_id === null || webhook_secret === null
          ? null
          : {
              id: webhook_id,
              secret: unseal(this.#keyring, webhook_secret, secretOf(row.id)),
              createdAt: webhook_created_at ?? row.created_at,
            },
      scopes: row.scopes,
      status: row.status,
      statusReason: row.status_reason,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }
  }
}

function tokenOf(id: string): Place {
  return { row: `connection ${id}`, field: 'token' }
}

function secretOf(id: string): Place {
  return { row: `connection ${id}`, field: 'webhook secret' }
}
