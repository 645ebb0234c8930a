/**
 * What `up` has left running, in a file: who holds it and where it answers. Every process is written down with the moment it began, so
 * that nothing else is ever taken for it. Addresses of external servers are not in it, for they may hold a password.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Identity, identify, isAlive } from './pid.ts'
import { type ProviderName, type ServerName, type Stack, serverNames, servers } from './server.ts'

export interface ServerState {
  readonly name: ServerName
  readonly provider: ProviderName
  readonly address: string
  readonly process?: Identity | undefined
}

/** A program of ours: the apps, an emulator. */
export interface ServiceState {
  readonly name: string
  /** Answers GET with a status below 400 while all is well. */
  readonly healthUrl: string
  readonly process?: Identity | undefined
}

export interface State {
  /** The background process; when it ends, so do its servers. */
  readonly holder: Identity
  readonly servers: readonly ServerState[]
  readonly services: readonly ServiceState[]
}

export function stateOf(stack: Stack, services: readonly ServiceState[] = []): State {
  const present = serverNames.filter((name) => stack.addresses[servers[name].address] !== undefined)
  const own = present.map((name) => stack.server(name)).filter(({ provider }) => provider !== 'external')
  const holder = identify(process.pid)
  if (holder === undefined) throw new Error('this process is not in the process table')
  return {
    holder,
    services,
    servers: own.map(({ name, provider, address, pid }) => ({
      name,
      provider,
      address,
      process: pid === undefined ? undefined : identify(pid),
    })),
  }
}

export function readState(directory: string): State | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(directory), 'utf8')) as State
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export function writeState(directory: string, state: State): void {
  const file = fileIn(directory)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export function removeState(directory: string): void {
  rmSync(fileIn(directory), { force: true })
}

/** The state if its holder still runs. */
export function runningState(directory: string): State | undefined {
  const state = readState(directory)
  return state !== undefined && isAlive(state.holder) ? state : undefined
}

/** Processes of the state that are still there. */
export function survivors(state: State): readonly Identity[] {
  const all = [...state.servers, ...state.services].flatMap(({ process }) => (process === undefined ? [] : [process]))
  return [state.holder, ...all].filter(isAlive)
}

function fileIn(directory: string): string {
  return join(directory, 'state.json')
}
