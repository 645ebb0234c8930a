/**
 * What the command line reads from the environment (and .env). Wrong values are reported together, before anything starts.
 */
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type ServerName, StackError, servers } from './server.ts'

const project = join(import.meta.dirname, '..')
const port = (name: ServerName) => {
  const { title, defaultPort } = servers[name]
  return z.coerce.number().int().min(1).max(65_535).default(defaultPort).describe(`Port of ${title} started here.`)
}
const ownPort = (what: string, otherwise: number) =>
  z.coerce.number().int().min(1).max(65_535).default(otherwise).describe(`Port of ${what}.`)
const address = (name: string) => z.string().optional().describe(`Use this ${name} instead of starting one.`)

const schema = z.object({
  KAFKA_BROKERS: address('Kafka: host:port, several separated by commas,'),
  SCHEMA_REGISTRY_URL: address('schema registry (the base URL of its Confluent API)'),
  OPENSEARCH_URL: address('OpenSearch'),
  DATABASE_URL: address('Postgres'),
  KAFKA_PORT: port('kafka'),
  SCHEMA_REGISTRY_PORT: port('registry'),
  OPENSEARCH_PORT: port('opensearch'),
  POSTGRES_PORT: port('postgres'),
  WEBHOOK_PORT: ownPort('the webhook receiver', 18080),
  HEALTH_PORT: ownPort('the health page and metrics of the apps', 18090),
  ATTIO_EMULATOR_PORT: ownPort('the emulated Attio', 17070),
  TURBOPUFFER_EMULATOR_PORT: ownPort('the emulated turbopuffer', 17071),
  EMULATOR_SIZE: z
    .enum(['empty', 'small', 'medium', 'large'])
    .default('small')
    .describe('How much the emulated workspace holds.'),
  STACK_PROVIDER: z.enum(['auto', 'jars', 'containers']).default('auto').describe('Where the servers come from.'),
  STACK_DIRECTORY: z.string().default(join(project, '.data/stack')).describe('Data, settings and logs of the servers.'),
  STACK_CACHE: z.string().default(join(project, '.data/jars')).describe('Where the downloaded servers are kept.'),
})

export interface Config {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly ports: Readonly<Record<ServerName | 'webhook' | 'health' | 'attio' | 'turbopuffer', number>>
  readonly size: 'empty' | 'small' | 'medium' | 'large'
  readonly directory: string
}

/** Empty values count as absent, as they come from .env files. @throws StackError naming every wrong setting. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = schema.safeParse(given)
  if (!result.success) {
    const complaints = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new StackError(`Wrong settings: ${complaints.join('; ')}`)
  }
  const settings = result.data
  return {
    env: { ...given, STACK_PROVIDER: settings.STACK_PROVIDER, STACK_CACHE: resolve(settings.STACK_CACHE) },
    ports: {
      kafka: settings.KAFKA_PORT,
      registry: settings.SCHEMA_REGISTRY_PORT,
      opensearch: settings.OPENSEARCH_PORT,
      postgres: settings.POSTGRES_PORT,
      webhook: settings.WEBHOOK_PORT,
      health: settings.HEALTH_PORT,
      attio: settings.ATTIO_EMULATOR_PORT,
      turbopuffer: settings.TURBOPUFFER_EMULATOR_PORT,
    },
    size: settings.EMULATOR_SIZE,
    directory: resolve(settings.STACK_DIRECTORY),
  }
}
