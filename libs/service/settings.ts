/**
 * Settings that several apps share, in groups to spread into an app's own zod object:
 * `z.object({ ...kafkaSettings, ...databaseSettings, WEBHOOK_PORT: … })`. Every field says what it is for.
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

const KEY_BYTES = 32

/** 32 bytes in base64, as `openssl rand -base64 32` prints them. A KeyObject prints nothing when logged. */
const sealingKey = z.string().transform((text, context): KeyObject => {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === KEY_BYTES && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return createSecretKey(bytes)
  context.addIssue({
    code: 'custom',
    message: `is not base64 of ${KEY_BYTES} bytes (openssl rand -base64 ${KEY_BYTES})`,
  })
  return z.NEVER
})

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

/** Which log: brokers, schema registry, cell and how wide the topics are. */
export const kafkaSettings = {
  KAFKA_BROKERS: list
    .pipe(
      z.array(z.string().regex(/^[^\s:]+:\d+$|^\[[^\]]+\]:\d+$/, 'each broker is host:port')).min(1, 'names no broker'),
    )
    .describe('Kafka brokers to begin with, host:port, separated by commas'),
  SCHEMA_REGISTRY_URL: z
    .url({ protocol: /^https?$/, error: 'is not an http(s) URL' })
    .describe('schema registry that speaks the Confluent API, for Apicurio with its /apis/ccompat/v7'),
  CELL: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,29}$/, 'takes lower-case letters, digits, dot, dash and underscore, at most 30')
    .default('')
    .describe('prefix, as it stands, of all topics, consumer groups and transactional ids; empty for the only cell'),
  PARTITIONS: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(12)
    .describe('partitions of every shared topic; once topics exist it cannot change (12, in development 4)'),
} as const

const databaseUrl = z
  .url({ protocol: /^postgres(ql)?$/, error: 'is not a postgres:// URL' })
  .describe('Postgres of the control database, with user, password and database name')

export const databaseSettings = { DATABASE_URL: databaseUrl } as const

export const stateSettings = {
  STATE_DIRECTORY: z
    .string()
    .default('.data/state')
    .describe('where tables are kept on disk; may be lost at any time, then they are read again from the topics'),
} as const

/** What it takes to read and write connections: their database and the keys their secrets are sealed with. */
export const controlSettings = {
  DATABASE_URL: databaseUrl,
  ENCRYPTION_KEY: sealingKey.describe('key that tokens and webhook secrets are sealed with, base64 of 32 bytes'),
  ENCRYPTION_KEYS_OLD: list
    .pipe(z.array(sealingKey))
    .default([])
    .describe('former encryption keys, separated by commas, still needed to read what they sealed'),
} as const

/** Settings of the process itself, whichever apps it hosts. */
export const processSettings = {
  HEALTH_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('port of GET /healthz, /readyz and /metrics; 0 for none'),
  HEALTH_HOST: z.string().default('127.0.0.1').describe('address the health port listens on; 0.0.0.0 in a container'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('least urgent log line that is written'),
} as const

export const processSettingsSchema = z.object(processSettings)
export type ProcessSettings = z.infer<typeof processSettingsSchema>
