/**
 * Postgres as a sink: multi-row upserts, each row guarded by its version, in one statement per batch. A row that Postgres
 * refuses is found by halving the batch. The shape of the table is schema.ts's.
 */
import type { Address, Delete, Forget, Holding, Put, Refusal, Sink, Write } from '@attio-stream/sink'
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool, QueryResult } from 'pg'
import type { StoreSettings } from './config.ts'
import { failureOf, faultOfTheData } from './failure.ts'
import { lent, poolOf } from './pool.ts'
import { rowOf, WRITTEN } from './rows.ts'
import { openSchema, ShapeError, tableOf } from './schema.ts'

const PAGE = 5000

type Row = Put | Delete

export class PostgresSink implements Sink {
  readonly name = 'postgres'
  readonly generation: number
  readonly #pool: Pool
  readonly #schema: string
  readonly #table: string
  readonly #upsert: string

  /** Connects on first use. */
  constructor(settings: StoreSettings, generation = 1) {
    this.#schema = settings.SINK_POSTGRES_SCHEMA
    this.generation = generation
    this.#table = tableOf(this.#schema, generation)
    this.#upsert = upsertInto(this.#table)
    this.#pool = poolOf(settings, settings.SINK_POSTGRES_CONCURRENCY + 1)
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: lent(this.#pool) }) })
    try {
      await openSchema(db, { schema: this.#schema, generation: this.generation })
    } catch (error) {
      if (error instanceof ShapeError) throw error
      throw failureOf(error, `opening ${this.#table}`)
    }
  }

  async write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
    signal.throwIfAborted()
    const rows = writes.filter((write) => write.kind !== 'forget')
    const forgotten = writes.filter((write) => write.kind === 'forget')
    // One order for everybody: batches that share rows wait for each other instead of dying of each other.
    rows.sort((a, b) => (a.id < b.id ? -1 : 1))
    const refusals = await this.#put(rows, signal)
    if (forgotten.length > 0) await this.#forget(forgotten, signal)
    return refusals
  }

  async #put(rows: readonly Row[], signal: AbortSignal): Promise<readonly Refusal[]> {
    const [first] = rows
    if (first === undefined) return []
    try {
      await this.#query(this.#upsert, [`[${rows.map(rowOf).join(',')}]`], signal)
      return []
    } catch (error) {
      signal.throwIfAborted()
      const reason = faultOfTheData(error)
      if (reason === undefined) throw failureOf(error, `writing ${this.#table}`)
      if (rows.length === 1) return [{ write: first, reason }]
      const middle = rows.length >> 1
      return [...(await this.#put(rows.slice(0, middle), signal)), ...(await this.#put(rows.slice(middle), signal))]
    }
  }

  async #forget(writes: readonly Forget[], signal: AbortSignal): Promise<void> {
    const statement = `with gone as (
        select held.record_id from ${this.#table} held
        join json_to_recordset($1::json) as forgotten(record_id text, version bigint) using (record_id)
        where held.version <= forgotten.version order by held.record_id for update of held)
      delete from ${this.#table} where record_id in (select record_id from gone)`
    const list = writes.map(({ id, version }) => ({ record_id: id, version }))
    try {
      await this.#query(statement, [JSON.stringify(list)], signal)
    } catch (error) {
      signal.throwIfAborted()
      throw failureOf(error, `forgetting marks in ${this.#table}`)
    }
  }

  /** An abort leaves the statement to its fate and the connection is thrown away. */
  async #query(text: string, values: readonly unknown[], signal: AbortSignal): Promise<QueryResult> {
    const client = await this.#pool.connect()
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    let broken = true
    try {
      const result = await Promise.race([client.query(text, [...values]), aborted])
      broken = false
      return result
    } catch (error) {
      broken = signal.aborted || faultOfTheData(error) === undefined
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
      client.release(broken)
    }
  }

  /** What is committed is visible. */
  async refresh(): Promise<void> {}

  async *scan(only?: Address): AsyncIterable<Holding> {
    const statement = `select record_id, workspace_id, version, hash, deleted from ${this.#table}
      where ${only === undefined ? 'record_id > $1' : 'record_id = $1'} order by record_id limit ${PAGE}`
    const forever = new AbortController().signal
    for (let last = only?.id ?? ''; ; ) {
      const { rows } = await this.#query(statement, [last], forever).catch((error) => {
        throw failureOf(error, `scanning ${this.#table}`)
      })
      for (const { record_id: id, workspace_id: workspace, version, hash, deleted } of rows)
        yield { id, workspace, version: Number(version), hash, deleted }
      if (rows.length < PAGE) return
      last = rows.at(-1).record_id
    }
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end()
  }
}

/** A newer version wins; an equal one is written only when it differs, so that a replay costs no new row versions. */
function upsertInto(table: string): string {
  const names = Object.keys(WRITTEN)
  const types = Object.entries(WRITTEN).map(([name, type]) => `${name} ${type}`)
  const changes = names.filter((name) => name !== 'record_id').map((name) => `${name} = excluded.${name}`)
  return `insert into ${table} as held (${names.join(', ')})
    select ${names.join(', ')} from json_to_recordset($1::json) as written(${types.join(', ')})
    on conflict (record_id) do update set ${changes.join(', ')}, updated_at = now()
    where held.version < excluded.version
      or (held.version = excluded.version and (held.hash, held.deleted) is distinct from (excluded.hash, excluded.deleted))`
}
