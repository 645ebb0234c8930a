/**
 * Starts the wanted servers side by side and hands them out as one thing. Either all of them answer when `startStack` resolves,
 * or it rejects with one sentence and nothing is left running.
 */
import { mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { externalServer } from './external.ts'
import { fetchJars, type Jars } from './jars.ts'
import { tryLock } from './lock.ts'
import { freePort } from './port.ts'
import { type Recipe, ServerProcess } from './process.ts'
import { chooseProvider, lookAround, type WantedProvider, wantedProvider } from './provider.ts'
import { recipeFor } from './recipes/recipe.ts'
import {
  type Addresses,
  type ProviderName,
  type RunningServer,
  type ServerName,
  type Stack,
  StackError,
  serverNames,
  servers,
} from './server.ts'

export interface StackOptions {
  /** All four unless told otherwise. */
  readonly servers?: readonly ServerName[]
  /** Data, settings and logs, one folder a server. One stack at a time may use it. */
  readonly directory: string
  /** Free ports unless told otherwise. */
  readonly ports?: Partial<Record<ServerName, number>>
  readonly provider?: WantedProvider
  /**
   * KAFKA_BROKERS, SCHEMA_REGISTRY_URL, OPENSEARCH_URL, DATABASE_URL name servers to use instead of starting them. They are only taken
   * from here; STACK_PROVIDER, STACK_CACHE, JAVA_HOME and PATH also from the process.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Told what happens, a line at a time. Silent unless given. */
  readonly say?: (line: string) => void
  /** Throwaway: less durable, removed at the end. Restarts keep the data all the same. */
  readonly ephemeral?: boolean
  /** Java compiles quickly and not thoroughly: ready sooner, slower in the long run. Default: when ephemeral. */
  readonly brief?: boolean
  /** Aborting it stops the stack, also while it starts. */
  readonly signal?: AbortSignal
}

/** A server that is ours to take away, with or without its data. */
interface OwnServer extends RunningServer {
  end(keepData: boolean): Promise<void>
}

/** @throws StackError */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { directory, say = () => {}, ephemeral = false, env = {}, signal } = options
  const names = serverNames.filter((name) => (options.servers ?? serverNames).includes(name))
  const external = names.filter((name) => env[servers[name].addressVariable])
  const own = names.filter((name) => !external.includes(name))
  const folder = resolve(directory)
  mkdirSync(folder, { recursive: true })
  const lock = own.length === 0 ? undefined : tryLock(join(folder, 'lock'))
  if (own.length > 0 && lock === undefined)
    throw new StackError(`Another stack is running on the data in ${folder}: stop it first.`)

  const failed = new AbortController()
  const giveUp = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal])
  const started: OwnServer[] = []
  const stop = once(async () => {
    signal?.removeEventListener('abort', onAbort)
    const ends = started.map((server) => server.end(!ephemeral))
    const results = await Promise.allSettled(ends)
    lock?.release()
    if (ephemeral) removeEmpty(folder)
    const failure = results.find((result) => result.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  })
  const onAbort = () => void stop().catch((error: Error) => say(error.message))

  const start = async (name: ServerName, make: () => Promise<OwnServer | RunningServer>) => {
    const began = performance.now()
    try {
      const server = await make()
      say(
        `${servers[name].title} ready after ${((performance.now() - began) / 1000).toFixed(1)} s (${server.provider})`,
      )
      return server
    } catch (error) {
      failed.abort(error)
      throw error
    }
  }
  try {
    const makeOwn = own.length === 0 ? undefined : await ownServers({ ...options, folder, say, signal: giveUp }, own)
    const starts = names.map((name) =>
      start(name, () => {
        const address = env[servers[name].addressVariable]
        return address || makeOwn === undefined
          ? externalServer(name, address ?? '')
          : makeOwn(name, (made) => started.push(made))
      }),
    )
    await Promise.allSettled(starts)
    giveUp.throwIfAborted()
    const running = await Promise.all(starts)
    signal?.addEventListener('abort', onAbort, { once: true })
    return stackOf(running, stop)
  } catch (error) {
    await stop().catch((other: Error) => say(other.message))
    throw error
  }
}

type MakeOwn = (name: ServerName, made: (server: OwnServer) => void) => Promise<OwnServer>

async function ownServers(
  options: StackOptions & { folder: string; say: (line: string) => void; signal: AbortSignal },
  names: readonly ServerName[],
): Promise<MakeOwn> {
  const { folder, say, signal, ephemeral = false, brief = ephemeral, ports = {} } = options
  const env = { ...process.env, ...options.env }
  const cache = resolve(env.STACK_CACHE || join(import.meta.dirname, '../.data/jars'))
  const machine = lookAround(env, cache)
  const choice = await chooseProvider(wantedProvider(env.STACK_PROVIDER, options.provider), names, machine)
  const titles = names.map((name) => servers[name].title)
  say(`${new Intl.ListFormat('en').format(titles)}: ${choice.why}`)
  const port = async (name: ServerName) => ports[name] ?? (await freePort())
  if (choice.provider === 'containers') {
    const { startContainer } = await import('./containers.ts') // testcontainers is slow to load
    return async (name, made) => startContainer({ name, port: await port(name), folder, ephemeral, signal }, made)
  }
  const needsJars = names.some((name) => name !== 'postgres')
  const jars: Jars | undefined = needsJars ? await fetchJars({ cache, maven: machine.maven, say, signal }) : undefined
  return async (name, made) => {
    const directory = join(folder, name)
    const recipe: Recipe = await recipeFor(name, {
      directory,
      port: await port(name),
      jars,
      java: choice.java,
      ephemeral,
      brief,
      say,
    })
    const server = new ServerProcess(recipe, say)
    made(server)
    await server.start(signal)
    return server
  }
}

function stackOf(running: readonly RunningServer[], stop: () => Promise<void>): Stack {
  const byName = new Map(running.map((server) => [server.name, server]))
  return Object.freeze({
    addresses: Object.fromEntries(
      running.map(({ name, address }) => [servers[name].address, address]),
    ) as Partial<Addresses>,
    providers: Object.fromEntries(running.map(({ name, provider }) => [name, provider])) as Partial<
      Record<ServerName, ProviderName>
    >,
    server(name: ServerName) {
      const server = byName.get(name)
      if (server === undefined)
        throw new StackError(
          `${servers[name].title} is not part of this stack: it has ${[...byName.keys()].join(', ')}.`,
        )
      return server
    },
    stop,
    [Symbol.asyncDispose]: stop,
  })
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= act())
}

function removeEmpty(folder: string): void {
  rmSync(join(folder, 'lock'), { force: true })
  try {
    rmdirSync(folder)
  } catch {
    // it was there before, with something else in it
  }
}
