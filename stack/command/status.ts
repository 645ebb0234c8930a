/**
 * One line a server: where it comes from, where it answers, whether it does, its process and memory.
 */
import type { Config } from '../config.ts'
import { health } from '../health.ts'
import { family, isAlive, memory } from '../pid.ts'
import { serverNames, servers, shown } from '../server.ts'
import { runningState, type ServerState } from '../state.ts'
import { presentServers } from './addresses.ts'

/** True when all four answer. */
export async function status(config: Config): Promise<boolean> {
  const present = presentServers(config)
  const states = await Promise.all(present.map(async (server) => ({ server, complaint: await complaintOf(server) })))
  for (const name of serverNames) {
    const state = states.find(({ server }) => server.name === name)
    console.log(
      servers[name].title.padEnd(16),
      state === undefined ? 'not running' : line(state.server, state.complaint),
    )
  }
  const holder = runningState(config.directory)?.holder
  if (holder !== undefined) console.log('held by process', holder.pid, size([holder.pid]))
  return states.length === serverNames.length && states.every(({ complaint }) => complaint === undefined)
}

function line({ provider, address, process }: ServerState, complaint: string | undefined): string {
  const running =
    process === undefined ? '' : isAlive(process) ? `process ${process.pid}, ${size(family(process.pid))}` : 'ended'
  const answer = complaint === undefined ? 'healthy' : `not healthy: ${complaint}`
  return [provider.padEnd(10), shown(provider, address), answer, running].filter((part) => part !== '').join('  ')
}

async function complaintOf({ name, address }: ServerState): Promise<string | undefined> {
  try {
    await health[name](address)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function size(pids: readonly number[]): string {
  return `${Math.round(memory(pids) / 1024 / 1024)} MB`
}
