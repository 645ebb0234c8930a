/**
 * The whole of attio-stream on one machine: servers, emulators (unless the real services are named), topics and schemas,
 * the apps, and a connected workspace. Used by `make up`, `make demo`, the end-to-end tests and the benchmarks.
 */
import { join } from 'node:path'
import { freePort } from '../port.ts'
import type { ServerName, Stack } from '../server.ts'
import { type StackOptions, startStack } from '../stack.ts'
import { answers, type EmulatorOptions, emulators } from './emulators.ts'
import { systemEnvironment, userSettings } from './environment.ts'
import { type Environment, runOnce, Service } from './service.ts'

export interface SystemOptions extends Pick<StackOptions, 'ephemeral' | 'brief' | 'provider' | 'signal'> {
  /** Everything it keeps is below this folder. */
  readonly directory: string
  /** Of the servers. Default: `servers` below `directory`. */
  readonly serversDirectory?: string
  readonly say: (line: string) => void
  /** The user's settings. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly size?: EmulatorOptions['size']
  readonly attioArgs?: readonly string[]
  readonly ports?: Partial<Record<ServerName | 'attio' | 'turbopuffer' | 'webhook' | 'health', number>>
  /** Which apps share a process; each group is one. Default: all in one. */
  readonly processes?: readonly (readonly string[])[]
  /** Settings for our processes beyond what is worked out here. */
  readonly settings?: Environment
  readonly onLoss?: (sentence: string) => void
}

export interface System {
  readonly stack: Stack
  /** What our processes are given; holds secrets. */
  readonly env: Environment
  readonly attioUrl: string | undefined
  /** By name: emulators, and one per group of apps (named after its first app, `apps` when all share one). */
  readonly services: ReadonlyMap<string, Service>
  /** Runs one of our commands with the system's settings; what it prints. */
  command(
    script: string,
    args?: readonly string[],
    options?: { readonly env?: Environment; readonly onLine?: (line: string) => void },
  ): Promise<string>
  stop(): Promise<void>
}

export const APPS = [
  'webhook',
  'hydrate',
  'backfill',
  'compact',
  'enrich',
  'sink-postgres',
  'sink-opensearch',
  'sink-turbopuffer',
] as const

/** Resolves when everything runs; nothing is left running when it rejects. @throws StackError */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { directory, say, env = {}, ports = {}, signal } = options
  const started: { stop(): Promise<void> }[] = []
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop()
  }
  try {
    const given = { ...userSettings(env), ...options.settings }
    const emulated = await emulators({
      directory: join(directory, 'logs'),
      env: given,
      size: options.size ?? 'small',
      ports: {
        ...(ports.attio && { attio: ports.attio }),
        ...(ports.turbopuffer && { turbopuffer: ports.turbopuffer }),
      },
      ...(options.attioArgs && { attioArgs: options.attioArgs }),
      ...(options.onLoss && { onLoss: options.onLoss }),
      signal,
    })
    const stack = await startStack({
      ...options,
      directory: options.serversDirectory ?? join(directory, 'servers'),
      env,
      say,
    })
    started.push(stack)
    for (const service of emulated.services) started.push(service)
    await Promise.all(emulated.services.map((service) => service.start()))
    if (emulated.services.length > 0) say(`Emulated: ${emulated.services.map(({ name }) => name).join(', ')}`)

    const environment = systemEnvironment({
      given,
      addresses: stack.addresses,
      emulators: emulated.env,
      directory,
      webhookPort: ports.webhook ?? (await freePort()),
      healthPort: ports.health ?? (await freePort()),
    })
    const command: System['command'] = (script, args = [], { env: more = {}, ...rest } = {}) =>
      runOnce({ name: script, script, args, env: { ...environment, ...more }, signal, ...rest })
    await command('apps/provision/main.ts')
    say('Topics and schemas are in place')
    // kafkajs sets timers in the past, which Node warns of.
    const quiet = { env: { NODE_OPTIONS: '--disable-warning=TimeoutNegativeWarning' } }
    if (emulated.env.TURBOPUFFER_BASE_URL !== undefined)
      await command('stack/system/forget-group.ts', ['sink-turbopuffer'], quiet)

    const groups = options.processes ?? [APPS]
    const apps = await Promise.all(groups.map((group) => hosted(group, groups.length, environment, options)))
    for (const service of apps) started.push(service)
    await Promise.all(apps.map((service) => service.start()))
    say(`Running: ${groups.map((group) => group.join(' + ')).join(', ')}`)
    const services = new Map([...emulated.services, ...apps].map((service) => [service.name, service]))
    return Object.freeze({ stack, env: environment, attioUrl: emulated.attioUrl, services, command, stop })
  } catch (error) {
    await stop().catch((other: Error) => say(other.message))
    throw error
  }
}

async function hosted(
  group: readonly string[],
  groups: number,
  environment: Environment,
  options: SystemOptions,
): Promise<Service> {
  const port = groups === 1 ? Number(environment.HEALTH_PORT) : await freePort()
  const url = `http://127.0.0.1:${port}`
  return new Service({
    name: groups === 1 ? 'apps' : (group[0] as string),
    script: 'apps/host/main.ts',
    args: group,
    env: { ...environment, HEALTH_PORT: String(port) },
    directory: join(options.directory, 'logs'),
    url,
    ready: () => answers(`${url}/readyz`),
    signal: options.signal,
    ...(options.onLoss && { onLoss: options.onLoss }),
  })
}
