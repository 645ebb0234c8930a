/**
 * Every migration of the control database, in order. To add one: a file named number-noun.ts, a line at the end of this
 * list. Never change or reorder what is here: it has run somewhere. Tables are made in the schema `control`
 * (unqualified names of the schema builder mean it; raw SQL must say it).
 */
import type { Migration } from 'kysely/migration'
import { connectionsMigration } from './001-connections.ts'
import { parkedNoticesMigration } from './010-parked-notices.ts'
import { walksMigration } from './011-walks.ts'
import { runsMigration } from './012-runs.ts'
import { letterDecisionsMigration } from './020-letter-decisions.ts'
import { embeddingCacheMigration } from './030-embedding-cache.ts'
import { generationsMigration } from './040-generations.ts'

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-connections': connectionsMigration,
  '010-parked-notices': parkedNoticesMigration,
  '011-walks': walksMigration,
  '012-runs': runsMigration,
  '020-letter-decisions': letterDecisionsMigration,
  '030-embedding-cache': embeddingCacheMigration,
  '040-generations': generationsMigration,
}
