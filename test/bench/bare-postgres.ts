/**
 * What Postgres reaches by itself with the rows a sink has written: it copies them into an empty table of the same shape, on two
 * connections, without anybody sending, guarding or comparing anything. Once whole, once without the full text and its index.
 */
import pg from 'pg'

const HANDS = 2
/** Rows in one statement, as a sink sends them. */
const ROWS = 1000

export interface BarePostgres {
  /** Rows a second. */
  readonly whole: number
  readonly withoutFullText: number
}

/** @param table with its schema; left as it was. */
export async function barePostgres(databaseUrl: string, table: string): Promise<BarePostgres> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: HANDS })
  try {
    return { whole: await copied(pool, table), withoutFullText: await copied(pool, table, ['search']) }
  } finally {
    await pool.end()
  }
}

async function copied(pool: pg.Pool, table: string, without: readonly string[] = []): Promise<number> {
  const bare = `${table}_bare`
  await pool.query(`create table ${bare} (like ${table} including all)`)
  try {
    for (const column of without) await pool.query(`alter table ${bare} drop column ${column}`)
    const { rows } = await pool.query<{ name: string }>(
      `select quote_ident(attname) as name from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
      [bare],
    )
    const names = rows.map(({ name }) => name).join(', ')
    const ids = (await pool.query<{ record_id: string }>(`select record_id from ${table} order by record_id`)).rows
    const waiting = Array.from({ length: Math.ceil(ids.length / ROWS) }, (_, n) =>
      ids.slice(n * ROWS, (n + 1) * ROWS).map(({ record_id: id }) => id),
    )
    const began = performance.now()
    const hand = async () => {
      for (let some = waiting.shift(); some !== undefined; some = waiting.shift())
        await pool.query(
          `insert into ${bare} (${names}) select ${names} from ${table} where record_id = any($1::text[])`,
          [some],
        )
    }
    await Promise.all(Array.from({ length: HANDS }, hand))
    return ids.length / ((performance.now() - began) / 1000)
  } finally {
    await pool.query(`drop table ${bare}`)
  }
}
