/**
 * The recipe for each server when it is started from jars or npm, with the free ports it needs beside its own.
 */
import { join } from 'node:path'
import { unprivilegedAccount } from '../account.ts'
import type { Jars } from '../jars.ts'
import type { FoundJava } from '../jdk.ts'
import { freePort } from '../port.ts'
import type { Recipe } from '../process.ts'
import { type ServerName, StackError } from '../server.ts'
import { kafkaRecipe } from './kafka.ts'
import { opensearchRecipe } from './opensearch.ts'
import { postgresRecipe } from './postgres.ts'
import { postgresHome, postgresPrograms } from './postgres-programs.ts'
import { registryRecipe } from './registry.ts'

export async function recipeFor(
  name: ServerName,
  options: {
    directory: string
    port: number
    jars: Jars | undefined
    java: FoundJava | undefined
    ephemeral: boolean
    brief: boolean
    say: (line: string) => void
  },
): Promise<Recipe> {
  const { directory, port, ephemeral, brief, say } = options
  if (name === 'postgres') {
    const account = unprivilegedAccount()
    const programs = postgresPrograms(account, say)
    return postgresRecipe({
      directory,
      port,
      ephemeral,
      account,
      programs,
      home: postgresHome(directory, account, say),
    })
  }
  const { jars, java } = options
  if (jars === undefined || java === undefined) throw new StackError(`${name} needs a JDK and its jars.`)
  const common = { directory, port, ephemeral, brief, java: join(java.home, 'bin/java') }
  switch (name) {
    case 'kafka':
      return kafkaRecipe({ ...common, jars: jars.kafka, controllerPort: await freePort() })
    case 'registry':
      return registryRecipe({ ...common, jars: jars.registry, managementPort: await freePort() })
    case 'opensearch':
      return opensearchRecipe({ ...common, jars: jars.opensearch, transportPort: await freePort() })
  }
}
