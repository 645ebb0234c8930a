/** The registry of generations in the control database, shared by every process of a cell. */
import type { Control } from '@attio-stream/service'
import { type ColumnType, type Generated, type Kysely, type Selectable, sql } from 'kysely'
import { type Generation, type State, UNDER_WAY } from './generation.ts'
import { type Begin, type Generations, type Held, type Progress, refusal, underWay, wrongState } from './registry.ts'

type When = ColumnType<Date | null, never, Date | null>
interface GenerationsTable {
  readonly cell: string
  readonly sink: string
  readonly number: number
  readonly format: string
  readonly schema: string
  readonly model: string
  readonly places: readonly string[]
  readonly state: State
  readonly reason: Generated<string>
  readonly switching: Generated<boolean>
  readonly done: Generated<string | number>
  readonly total: Generated<string | number>
  readonly rate: Generated<number>
  readonly created_at: Generated<Date>
  readonly caught_up_at: When
  readonly verified_at: When
  readonly live_at: ColumnType<Date | null, Date | undefined, Date>
  readonly followed_at: When
  readonly retired_at: When
  readonly dropped_at: When
  readonly updated_at: Generated<Date>
}
type Tables = { readonly generations: GenerationsTable }

const UNIQUE_VIOLATION = '23505'
const STAMPS = {
  'caught up': 'caught_up_at',
  verified: 'verified_at',
  live: 'live_at',
  retired: 'retired_at',
} as const satisfies Partial<Record<State, keyof GenerationsTable>>

export class PostgresGenerations implements Generations {
  readonly sink: string
  readonly #control: Control
  readonly #cell: string
  readonly #db: Kysely<Tables>

  constructor(control: Control, { sink, cell }: { readonly sink: string; readonly cell: string }) {
    this.sink = sink
    this.#cell = cell
    this.#control = control
    this.#db = control.db.withTables<Tables>() as unknown as Kysely<Tables>
  }

  async all(): Promise<readonly Generation[]> {
    const rows = await this.#rows(this.#db).orderBy('number', 'desc').execute()
    return rows.map(generationOf)
  }

  async live(first: Begin): Promise<Generation> {
    const find = async () => (await this.all()).find(({ state }) => state === 'live')
    const found = await find()
    if (found !== undefined) return found
    await this.#insert(1, first, 'live').catch((error) => {
      // Another instance was faster.
      if (codeOf(error) !== UNIQUE_VIOLATION) throw error
    })
    const live = await find()
    if (live === undefined) throw wrongState(this.sink, 1, (await this.all()).at(-1)?.state, 'live')
    return live
  }

  async start(next: Begin): Promise<Generation> {
    const before = await this.all()
    try {
      return await this.#insert((before[0]?.number ?? 0) + 1, next, 'building')
    } catch (error) {
      if (codeOf(error) !== UNIQUE_VIOLATION) throw error
      throw refusal(this.sink, underWay(await this.all()))
    }
  }

  async #insert(number: number, { key, places }: Begin, state: State): Promise<Generation> {
    const row = await this.#db
      .insertInto('generations')
      .values({
        cell: this.#cell,
        sink: this.sink,
        number,
        ...key,
        places: [...places(number)],
        state,
        ...(state === 'live' ? { live_at: new Date() } : {}),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return generationOf(row)
  }

  async move(number: number, from: readonly State[], to: State): Promise<void> {
    const stamp = to in STAMPS ? { [STAMPS[to as keyof typeof STAMPS]]: new Date() } : {}
    try {
      const { numUpdatedRows } = await this.#update(this.#db, number)
        .set({ state: to, reason: '', switching: false, ...stamp })
        .where('state', 'in', [...from])
        .executeTakeFirst()
      if (numUpdatedRows === 1n) return
    } catch (error) {
      if (codeOf(error) !== UNIQUE_VIOLATION) throw error
      throw refusal(this.sink, underWay(await this.all()))
    }
    throw wrongState(this.sink, number, await this.#state(number), to)
  }

  async progress(number: number, { done, total, rate }: Progress): Promise<void> {
    await this.#update(this.#db, number).set({ done, total, rate }).execute()
  }

  async fail(number: number, reason: string): Promise<void> {
    await this.#update(this.#db, number)
      .set({ reason })
      .where('state', 'in', [...UNDER_WAY])
      .execute()
  }

  async makeLive(number: number, show: () => Promise<void>): Promise<void> {
    const { numUpdatedRows } = await this.#update(this.#db, number)
      .set({ switching: true })
      .where('state', '=', 'verified')
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) throw wrongState(this.sink, number, await this.#state(number), 'live')
    await this.#db.transaction().execute(async (db) => {
      // Locked until readers and rows agree: a second one waits here and finds it done.
      const row = await this.#rows(db).where('number', '=', number).forUpdate().executeTakeFirstOrThrow()
      if (row.state === 'live') return
      if (row.state !== 'verified' || !row.switching) throw wrongState(this.sink, number, row.state, 'live')
      await show()
      const now = new Date()
      await db
        .updateTable('generations')
        .set({ state: 'retired', retired_at: now, updated_at: now })
        .where('cell', '=', this.#cell)
        .where('sink', '=', this.sink)
        .where('state', '=', 'live')
        .execute()
      await this.#update(db, number)
        .set({ state: 'live', live_at: now, followed_at: null, switching: false, reason: '' })
        .execute()
    })
  }

  async followed(number: number): Promise<void> {
    await this.#update(this.#db, number).set({ followed_at: new Date() }).where('state', '=', 'live').execute()
  }

  async gone(number: number): Promise<void> {
    await this.#update(this.#db, number).set({ dropped_at: new Date() }).where('state', '=', 'dropped').execute()
  }

  async hold(work: 'build' | 'tidy'): Promise<Held | undefined> {
    return await this.#control.lock(`generations ${work} ${this.#cell} ${this.sink}`)
  }

  async watch(onStep: () => void): Promise<{ close(): Promise<void> }> {
    return await this.#control.listen('control_generations', (sink) => {
      if (sink === null || sink === this.sink) onStep()
    })
  }

  #rows(db: Kysely<Tables>) {
    return db.selectFrom('generations').selectAll().where('cell', '=', this.#cell).where('sink', '=', this.sink)
  }

  #update(db: Kysely<Tables>, number: number) {
    return db
      .updateTable('generations')
      .set({ updated_at: sql<Date>`now()` })
      .where('cell', '=', this.#cell)
      .where('sink', '=', this.sink)
      .where('number', '=', number)
  }

  async #state(number: number): Promise<State | undefined> {
    return (await this.all()).find((one) => one.number === number)?.state
  }
}

function generationOf(row: Selectable<GenerationsTable>): Generation {
  const { sink, number, places, state, reason, switching, rate, format, schema, model } = row
  return {
    sink,
    number,
    key: { format, schema, model },
    places,
    state,
    reason,
    switching,
    rate,
    done: Number(row.done),
    total: Number(row.total),
    createdAt: row.created_at,
    liveAt: row.live_at,
    followedAt: row.followed_at,
    retiredAt: row.retired_at,
    droppedAt: row.dropped_at,
    updatedAt: row.updated_at,
  }
}

const codeOf = (error: unknown): unknown =>
  error !== null && typeof error === 'object' && 'code' in error ? error.code : undefined
