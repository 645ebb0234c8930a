/**
 * The container image of each server and what it has to be told. The versions are those of pom.xml and of docker-compose.kafka.yml;
 * a test compares the three.
 */
import { kafkaSettings } from './recipes/kafka.ts'
import { registryPath } from './recipes/registry.ts'
import type { ServerName } from './server.ts'

export interface Image {
  readonly image: string
  /** Inside the container. */
  readonly port: number
  readonly data: string
  readonly address: string
  readonly environment: Record<string, string>
  readonly user?: string
  readonly command?: readonly string[]
}

export const images: Readonly<Record<ServerName, string>> = {
  kafka: 'apache/kafka:4.3.1',
  registry: 'apicurio/apicurio-registry:3.3.3',
  opensearch: 'opensearchproject/opensearch:3.6.0',
  postgres: 'postgres:18.4',
}

export function imageFor(name: ServerName, at: { host: string; port: number }): Image {
  const { host, port } = at
  const image = images[name]
  switch (name) {
    case 'kafka':
      return {
        image,
        port: 9092,
        data: '/var/lib/kafka/data',
        address: `${host}:${port}`,
        environment: kafkaEnvironment(`PLAINTEXT://${host}:${port}`),
      }
    case 'registry':
      return {
        image,
        port: 8080,
        data: '/data',
        address: `http://${host}:${port}${registryPath}`,
        user: '0', // a new volume belongs to root
        environment: {
          APICURIO_STORAGE_KIND: 'sql',
          APICURIO_STORAGE_SQL_KIND: 'h2',
          APICURIO_DATASOURCE_URL: 'jdbc:h2:file:/data/registry;WRITE_DELAY=0',
          QUARKUS_HTTP_ACCESS_LOG_ENABLED: 'false',
        },
      }
    case 'opensearch':
      return {
        image,
        port: 9200,
        data: '/usr/share/opensearch/data',
        address: `http://${host}:${port}`,
        environment: {
          'discovery.type': 'single-node',
          'cluster.routing.allocation.disk.threshold_enabled': 'false',
          DISABLE_SECURITY_PLUGIN: 'true',
          DISABLE_INSTALL_DEMO_CONFIG: 'true',
          OPENSEARCH_JAVA_OPTS: '-Xms128m -Xmx512m',
        },
      }
    case 'postgres':
      return {
        image,
        port: 5432,
        data: '/var/lib/postgresql',
        address: `postgres://postgres:postgres@${host}:${port}/attio_stream`,
        command: ['postgres', '-c', 'max_connections=200', '-c', 'random_page_cost=1.1'],
        environment: {
          POSTGRES_PASSWORD: 'postgres',
          POSTGRES_DB: 'attio_stream',
          POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8',
        },
      }
  }
}

/** The image takes every setting as KAFKA_ and its name in capitals; one such variable replaces all its defaults. */
function kafkaEnvironment(advertised: string): Record<string, string> {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: 'PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093',
    'advertised.listeners': advertised,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.quorum.voters': '1@127.0.0.1:9093',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': '/var/lib/kafka/data',
    ...kafkaSettings,
  }
  const named = Object.entries(settings).map(([name, value]) => [
    `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
    String(value),
  ])
  return { ...Object.fromEntries(named), KAFKA_HEAP_OPTS: '-Xmx512m' }
}
