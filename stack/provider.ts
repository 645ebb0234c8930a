/**
 * Where the servers come from: jars if this machine has the Java and Maven for it, otherwise containers, otherwise a sentence that
 * says what to install. The choice is a function of what was found; finding is beside it.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cachedJars } from './jars.ts'
import { chooseJava, describeJava, type FoundJava, findJava, oldestJava, program } from './jdk.ts'
import { type ServerName, StackError, servers } from './server.ts'

export type WantedProvider = 'auto' | 'jars' | 'containers'

export interface Machine {
  readonly java: readonly FoundJava[]
  readonly maven: string | undefined
  /** The jars were fetched before: Maven is not needed. */
  readonly cached: boolean
  /** The Docker engine's version, if one answers. */
  engine(): Promise<string | undefined>
}

export type Choice =
  | { readonly provider: 'jars'; readonly java: FoundJava | undefined; readonly why: string }
  | { readonly provider: 'containers'; readonly why: string }

/** @throws StackError naming what to install. */
export async function chooseProvider(
  wanted: WantedProvider,
  names: readonly ServerName[],
  machine: Machine,
): Promise<Choice> {
  const java = chooseJava(machine.java)
  const needsJava = names.some((name) => name !== 'postgres')
  const missing = [
    ...(needsJava && java === undefined ? [`a JDK ${oldestJava} or newer (found: ${describeJava(machine.java)})`] : []),
    ...(needsJava && !machine.cached && machine.maven === undefined ? ['Maven'] : []),
  ]
  if (wanted !== 'containers' && missing.length === 0) {
    const why = needsJava && java !== undefined ? `from jars, with Java ${java.release} (${java.home})` : 'from npm'
    return { provider: 'jars', java, why }
  }
  const titles = list(names.map((name) => servers[name].title))
  const addresses = list(names.map((name) => servers[name].addressVariable))
  if (wanted === 'jars') {
    throw new StackError(
      `${titles} cannot be started from jars: install ${missing.join(' and ')}, or set STACK_PROVIDER=containers.`,
    )
  }
  const engine = await machine.engine()
  if (engine !== undefined) return { provider: 'containers', why: `in containers, with Docker ${engine}` }
  if (wanted === 'containers') {
    throw new StackError(
      `${titles} cannot be started in containers: no Docker engine answers. Start Docker, or set STACK_PROVIDER=jars.`,
    )
  }
  throw new StackError(
    `There is nothing here to start ${titles} with: install ${missing.join(' and ')}, or start Docker, or name servers you have in ${addresses}.`,
  )
}

export function wantedProvider(given: string | undefined, otherwise: WantedProvider = 'auto'): WantedProvider {
  if (given === undefined || given === '') return otherwise
  if (given === 'auto' || given === 'jars' || given === 'containers') return given
  throw new StackError(`STACK_PROVIDER is "${given}"; it can be auto, jars or containers.`)
}

export function lookAround(env: Readonly<Record<string, string | undefined>>, cache: string): Machine {
  return {
    java: findJava(env),
    maven: program('mvn', env.PATH ?? ''),
    cached: cachedJars(cache) !== undefined,
    engine: dockerEngine,
  }
}

async function dockerEngine(): Promise<string | undefined> {
  try {
    const asked = promisify(execFile)('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 5_000 })
    return (await asked).stdout.trim() || undefined
  } catch {
    return undefined
  }
}

function list(words: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(words)
}
