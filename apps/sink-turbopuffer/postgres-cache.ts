/**
 * The embedding cache in the control database, shared by all instances and generations. Bounded: when it has outgrown its
 * size the vectors that were used longest ago go, and those not used for too many days, seldom enough to cost nothing.
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

export interface CacheLimits {
  /** Vectors kept. */
  readonly size: number
  /** Days a vector is kept after its last use; 0 for as long as there is room. */
  readonly days: number
}

/** Writes between two looks at the size. */
const LOOK_EVERY = 200

export function postgresCache(db: Kysely<CacheTables>, limits: CacheLimits): EmbeddingCache {
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
      if (writes++ % LOOK_EVERY === 0) await shrink(db, limits)
    },
  }
}

/** Forgets vectors not used for so many days, of one model or all. Gives how many went. */
export async function forgetUnused(db: Kysely<CacheTables>, days: number, model?: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('embedding_cache')
    .where('used_on', '<=', sql<Date>`current_date - ${days}::integer`)
    .$if(model !== undefined, (query) => query.where('model', '=', model as string))
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

async function shrink(db: Kysely<CacheTables>, { size, days }: CacheLimits): Promise<void> {
  if (days > 0) await forgetUnused(db, days)
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
