/**
 * The words of this package: which servers there are, where they answer, and what a started one can do.
 * No behaviour lives here. Starting is in stack.ts, the kinds of provider in jars/, containers.ts and external.ts.
 */
export type ServerName = 'kafka' | 'registry' | 'opensearch' | 'postgres'
export type ProviderName = 'jars' | 'containers' | 'external'

export interface Addresses {
  /** `host:port`, several separated by commas. */
  readonly kafkaBrokers: string
  /** Base URL of the Confluent-compatible API, without a slash at the end. */
  readonly schemaRegistryUrl: string
  readonly opensearchUrl: string
  readonly databaseUrl: string
}

export interface RunningServer {
  readonly name: ServerName
  readonly provider: ProviderName
  readonly address: string
  /** The server's own process; undefined while it is down, and for containers and external servers. */
  readonly pid: number | undefined
  /** Asks it to end, insists after a deadline. Does nothing when it is down already or external. */
  stop(): Promise<void>
  /** Sends a signal (SIGKILL unless told otherwise) and returns at once. */
  kill(signal?: NodeJS.Signals): void
  /** Down if it is still up, then up again: same address, same data. Resolves when it answers. */
  restart(): Promise<void>
}

export interface Stack {
  readonly addresses: Partial<Addresses>
  readonly providers: Readonly<Partial<Record<ServerName, ProviderName>>>
  /** @throws StackError when that server is not part of this stack. */
  server(name: ServerName): RunningServer
  /** Stops everything that was started here. External servers are left alone. Safe to call twice. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Something the person at the keyboard can mend; the message is a sentence that says how. */
export class StackError extends Error {
  override name = 'StackError'
}

interface ServerFacts {
  readonly title: string
  readonly address: keyof Addresses
  /** The setting that names a server somebody else runs. */
  readonly addressVariable: string
  readonly portVariable: string
  /** Used by `up`; tests take free ports. The usual port with a 1 in front, so that a server already here is not in the way. */
  readonly defaultPort: number
}

export const servers = {
  kafka: {
    title: 'Kafka',
    address: 'kafkaBrokers',
    addressVariable: 'KAFKA_BROKERS',
    portVariable: 'KAFKA_PORT',
    defaultPort: 19092,
  },
  registry: {
    title: 'Schema registry',
    address: 'schemaRegistryUrl',
    addressVariable: 'SCHEMA_REGISTRY_URL',
    portVariable: 'SCHEMA_REGISTRY_PORT',
    defaultPort: 18081,
  },
  opensearch: {
    title: 'OpenSearch',
    address: 'opensearchUrl',
    addressVariable: 'OPENSEARCH_URL',
    portVariable: 'OPENSEARCH_PORT',
    defaultPort: 19200,
  },
  postgres: {
    title: 'Postgres',
    address: 'databaseUrl',
    addressVariable: 'DATABASE_URL',
    portVariable: 'POSTGRES_PORT',
    defaultPort: 15432,
  },
} as const satisfies Record<ServerName, ServerFacts>

export const serverNames: readonly ServerName[] = ['kafka', 'registry', 'opensearch', 'postgres']

/** The address with any password replaced, fit for a terminal or a log. */
export function withoutPassword(address: string): string {
  return address.replace(/(\/\/[^/:@\s]*):[^/@\s]*@/, '$1:***@')
}

/** The password of a server we have started ourselves is no secret. */
export function shown(provider: ProviderName, address: string): string {
  return provider === 'external' ? withoutPassword(address) : address
}
