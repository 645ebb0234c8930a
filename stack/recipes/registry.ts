/**
 * Apicurio as the schema registry, with the Confluent API, from jars. Every write is on disk before it is answered: without
 * WRITE_DELAY=0 a kill right after a registration would lose it, and the id in already written messages with it.
 * Compatibility levels are set by whoever provisions, not here.
 */
import { join } from 'node:path'
import type { Recipe } from '../process.ts'
import { compiler } from './java.ts'

export const registryPath = '/apis/ccompat/v7'

export function registryRecipe(options: {
  directory: string
  port: number
  managementPort: number
  java: string
  jars: string
  ephemeral: boolean
}): Recipe {
  const { directory, port, java, jars, ephemeral } = options
  return {
    name: 'registry',
    address: `http://127.0.0.1:${port}${registryPath}`,
    port,
    directory,
    data: [directory],
    command: {
      file: java,
      args: [...registryOptions(options), '-jar', join(jars, 'quarkus-run.jar')],
      cwd: directory,
      stopSignal: 'SIGTERM',
      graceMs: 8_000,
      removeIfAbandoned: ephemeral ? directory : undefined,
    },
    async prepare() {},
  }
}

export function registryOptions(options: {
  directory: string
  port: number
  managementPort: number
}): readonly string[] {
  const { directory, port, managementPort } = options
  return [
    '-Xmx256m',
    '-XX:+UseSerialGC',
    compiler(true), // it answers a few requests a minute
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.net.preferIPv4Stack=true',
    '-Dquarkus.http.host=127.0.0.1',
    `-Dquarkus.http.port=${port}`,
    '-Dquarkus.management.host=127.0.0.1',
    `-Dquarkus.management.port=${managementPort}`,
    '-Dquarkus.http.access-log.enabled=false',
    '-Dquarkus.log.level=WARN',
    '-Dquarkus.banner.enabled=false',
    '-Dapicurio.storage.kind=sql',
    '-Dapicurio.storage.sql.kind=h2',
    `-Dapicurio.datasource.url=jdbc:h2:file:${join(directory, 'registry')};WRITE_DELAY=0`,
  ]
}
