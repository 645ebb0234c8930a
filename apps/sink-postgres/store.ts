/**
 * Generations in Postgres: one table each, of which the view `documents` shows one. Readers are moved in one transaction:
 * a statement sees the one or the other. Rights that were given on the view stay.
 */
import { type Sample, type Store, schemaName } from '@attio-stream/sink'
import type { Pool, PoolClient } from 'pg'
import type { StoreSettings } from './config.ts'
import { failureOf } from './failure.ts'
import { poolOf } from './pool.ts'
import { DECLARED, quoted, tableOf, viewOf } from './schema.ts'
import { PostgresSink } from './sink.ts'

/** A reader who holds the view for longer makes us try again later, so that nobody queues up behind us. */
const LOCK_TIMEOUT = '3s'
/** A view cannot take other columns. */
const OTHER_COLUMNS = '42P16'

export class PostgresStore implements Store {
  readonly name = 'postgres'
  readonly schema = schemaName(DECLARED)
  readonly model = ''
  readonly #settings: StoreSettings
  readonly #pool: Pool
  readonly #view: string

  /** Connects on first use. */
  constructor(settings: StoreSettings) {
    this.#settings = settings
    this.#pool = poolOf(settings, 1)
    this.#view = `${quoted(settings.SINK_POSTGRES_SCHEMA)}.documents`
  }

  places(generation: number): readonly string[] {
    return [`${this.#settings.SINK_POSTGRES_SCHEMA}.documents_g${generation}`]
  }

  sink(generation: number): PostgresSink {
    return new PostgresSink(this.#settings, generation)
  }

  async show(generation: number): Promise<void> {
    const shown = viewOf(this.#table(generation))
    await this.#transaction(`showing ${this.places(generation)}`, async (client) => {
      await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`)
      await client.query('savepoint as_it_is')
      try {
        await client.query(`create or replace view ${this.#view} as ${shown}`)
      } catch (error) {
        if ((error as { code?: string }).code !== OTHER_COLUMNS) throw error
        await client.query('rollback to savepoint as_it_is')
        const rights = await rightsOn(client, this.#view)
        await client.query(`drop view ${this.#view}`)
        await client.query(`create view ${this.#view} as ${shown}`)
        for (const right of rights) await client.query(right)
      }
    })
  }

  async finds(generation: number, { workspace, id, title }: Sample): Promise<boolean> {
    const statement = `select 1 from ${this.#table(generation)}
      where workspace_id = $1 and record_id = $2 and not deleted
        and (search @@ plainto_tsquery('english', $3) or plainto_tsquery('english', $3)::text = '')`
    // Words of the title as a reader would type them; very long ones are not indexed.
    const words = title.split(/\s+/).slice(0, 3).join(' ').slice(0, 200).replaceAll('\0', '')
    try {
      return (await this.#pool.query(statement, [workspace, id, words])).rowCount === 1
    } catch (error) {
      throw failureOf(error, `searching ${this.places(generation)}`)
    }
  }

  /** Postgres itself refuses the one that the view shows. */
  async drop(generation: number): Promise<void> {
    await this.#transaction(`dropping ${this.places(generation)}`, async (client) => {
      await client.query(`drop table if exists ${this.#table(generation)}`)
    })
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end()
  }

  #table(generation: number): string {
    return tableOf(this.#settings.SINK_POSTGRES_SCHEMA, generation)
  }

  async #transaction(doing: string, work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await this.#pool.connect().catch((error) => {
      throw failureOf(error, doing)
    })
    let broken = true
    try {
      await client.query('begin')
      await work(client)
      await client.query('commit')
      broken = false
    } catch (error) {
      throw failureOf(error, doing)
    } finally {
      client.release(broken)
    }
  }
}

/** Grants on a view, as statements. */
async function rightsOn(client: PoolClient, view: string): Promise<readonly string[]> {
  const { rows } = await client.query(
    `select format('grant %s on %s to %s%s', privilege_type, $1::text,
        case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
        case when is_grantable then ' with grant option' else '' end) as statement
      from pg_class, aclexplode(relacl) where oid = $1::regclass and grantee <> relowner`,
    [view],
  )
  return rows.map(({ statement }) => statement)
}
