/**
 * The embedding cache in the control database, shared by all instances and generations. Bounded: when it has outgrown
 * `size` the vectors that were used longest ago go, a slice at a time, seldom enough to cost nothing.
 */
import { type Kysely, sql } from 'kysely'
import type { EmbeddingCache } from './cached.ts'

export type EmbeddingCacheTable = {
  readonly model: string
  /** SHA-256 of the text, base64url. */
  readonly hash: string
  /** Little-endian floats. */
  readonly vector: Buffer
  /** A day is exact enough: rows are touched once a day at most. */
  readonly used_on: Date
}
export type CacheTables = { readonly embedding_cache: EmbeddingCacheTable }

/** Writes between two looks at the size. */
const LOOK_EVERY = 200

export function postgresCache(db: Kysely<CacheTables>, size: number): EmbeddingCache {
  let writes = 0
  return {
    get: async (model, hashes) => {
      if (hashes.length === 0) return new Map()
      const rows = await db
        .selectFrom('embedding_cache')
        .select(['hash', 'vector', sql<boolean>`used_on < current_date`.as('stale')])
        .where('model', '=', model)
        .where('hash', '=', sql<string>`any(${[...hashes]}::text[])`)
        .execute()
      const stale = rows.filter((row) => row.stale).map((row) => row.hash)
      if (stale.length > 0) {
        await db
          .updateTable('embedding_cache')
          .set({ used_on: sql`current_date` })
          .where('model', '=', model)
          .where('hash', '=', sql<string>`any(${stale}::text[])`)
          .execute()
      }
      return new Map(rows.map(({ hash, vector }) => [hash, new Float32Array(new Uint8Array(vector).buffer)]))
    },
    put: async (model, vectors) => {
      if (vectors.size === 0) return
      await db
        .insertInto('embedding_cache')
        // In one order, so that two instances never wait for each other.
        .values(
          [...vectors]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([hash, vector]) => ({
              model,
              hash,
              vector: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength),
              used_on: sql<Date>`current_date`,
            })),
        )
        .onConflict((conflict) => conflict.columns(['model', 'hash']).doNothing())
        .execute()
      if (writes++ % LOOK_EVERY === 0) await shrink(db, size)
    },
  }
}

async function shrink(db: Kysely<CacheTables>, size: number): Promise<void> {
  const { count } = await db
    .selectFrom('embedding_cache')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  const over = Number(count) - size
  if (over <= 0) return
  await db
    .deleteFrom('embedding_cache')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('model', 'hash'),
        'in',
        selectFrom('embedding_cache')
          .select(['model', 'hash'])
          .orderBy('used_on')
          .limit(over)
          .$asTuple('model', 'hash'),
      ),
    )
    .execute()
}
