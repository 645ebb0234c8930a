/**
 * `npm run embeddings [-- --unused-for DAYS] [--model MODEL]`: what the cache of embeddings holds, and with `--unused-for`
 * forgets what was not used for so long. What is forgotten is paid again when its text comes up.
 */
import { parseArgs } from 'node:util'
import { databaseSettings, openControl, runCommand } from '@attio-stream/service'
import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import { type CacheTables, forgetUnused } from './postgres-cache.ts'

const USAGE = `npm run embeddings                                what the cache of embeddings holds
npm run embeddings -- --unused-for DAYS           forgets vectors not used for so many days (0: all)
                      [--model MODEL/DIMENSIONS]  only of this model, as the list names it`

await runCommand({
  name: 'embeddings',
  settings: z.object(databaseSettings),
  async run({ DATABASE_URL: databaseUrl }, { arguments: args, print }) {
    const { values } = parseArgs({
      args: [...args],
      options: { 'unused-for': { type: 'string' }, model: { type: 'string' }, help: { type: 'boolean' } },
    })
    if (values.help) {
      print(USAGE)
      return 0
    }
    const days = values['unused-for'] === undefined ? undefined : Number(values['unused-for'])
    if (days !== undefined && (!Number.isInteger(days) || days < 0)) throw new Error('--unused-for takes whole days.')
    if (days === undefined && values.model !== undefined) throw new Error(`--model goes with --unused-for.\n${USAGE}`)
    const control = await openControl({ databaseUrl, poolSize: 1 })
    try {
      const db = control.db.withTables<CacheTables>() as unknown as Kysely<CacheTables>
      if (days !== undefined) print(`${await forgetUnused(db, days, values.model)} vectors forgotten.`)
      for (const line of await held(db)) print(line)
      return 0
    } finally {
      await control.close()
    }
  },
})

async function held(db: Kysely<CacheTables>): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('embedding_cache')
    .select([
      'model',
      sql<number>`count(*)::integer`.as('vectors'),
      sql<number>`(sum(length(vector)) / 1048576.0)::float`.as('megabytes'),
      sql<string>`min(used_on)::text`.as('oldest'),
    ])
    .groupBy('model')
    .orderBy('model')
    .execute()
  if (rows.length === 0) return ['The cache holds nothing.']
  return rows.map(
    ({ model, vectors, megabytes, oldest }) =>
      `${model}: ${vectors} vectors, ${megabytes.toFixed(1)} MiB, longest unused since ${oldest}`,
  )
}
