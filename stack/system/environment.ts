/** The settings our processes get: what the user gave, then where the servers and emulators of this machine are. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Addresses } from '../server.ts'
import type { Environment } from './service.ts'

/** Everything our programs read that a user may set; nothing else of the environment is handed on. */
const PASSED_ON =
  /^(KAFKA|SCHEMA_REGISTRY|DATABASE|OPENSEARCH|TURBOPUFFER|ATTIO|EMBEDDINGS|WEBHOOK|PUBLIC_WEBHOOK|SINK|SWEEP|SEARCH|BACKFILL|HYDRATE|ENRICH|COMPACT|DELETED_RETENTION|BUDGET|ENCRYPTION|REPLICATION|PROVISION|HEALTH|LOG_LEVEL$|CELL$|PARTITIONS$|STATE_DIRECTORY$)/

export function userSettings(env: Readonly<Record<string, string | undefined>>): Environment {
  const given = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
  return Object.fromEntries(given.filter(([name]) => PASSED_ON.test(name)))
}

export function systemEnvironment(options: {
  readonly given: Environment
  readonly addresses: Partial<Addresses>
  readonly emulators: Environment
  readonly directory: string
  readonly webhookPort: number
  readonly healthPort: number
}): Environment {
  const { given, addresses, emulators, directory, webhookPort, healthPort } = options
  const own: Record<string, string | undefined> = {
    KAFKA_BROKERS: addresses.kafkaBrokers,
    SCHEMA_REGISTRY_URL: addresses.schemaRegistryUrl,
    DATABASE_URL: addresses.databaseUrl,
    OPENSEARCH_URL: addresses.opensearchUrl,
    PARTITIONS: '4',
    WEBHOOK_HOST: '127.0.0.1',
    WEBHOOK_PORT: String(webhookPort),
    PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${webhookPort}`,
    STATE_DIRECTORY: join(directory, 'state'),
    HEALTH_PORT: String(healthPort),
  }
  const settings = { ...own, ...emulators, ...given }
  const key = given.ENCRYPTION_KEY ?? keptKey(join(directory, 'encryption-key'))
  const present = Object.entries({ ...settings, ENCRYPTION_KEY: key })
  return Object.fromEntries(present.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

/** Made once and kept beside the data it seals. */
function keptKey(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const key = randomBytes(32).toString('base64')
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  return key
}
