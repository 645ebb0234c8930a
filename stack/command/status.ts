/**
 * One line a server and a program of ours: where it comes from, where it answers, whether it does, its process and memory.
 */
import type { Config } from '../config.ts'
import { health } from '../health.ts'
import { family, isAlive, memory } from '../pid.ts'
import { serverNames, servers, shown } from '../server.ts'
import { runningState, type ServerState, type ServiceState } from '../state.ts'
import { presentServers } from './addresses.ts'

/** True when all four servers and everything of ours answer. */
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
  const { holder, services = [] } = runningState(config.directory) ?? {}
  const well = await Promise.all(services.map(serviceLine))
  if (holder !== undefined) console.log('held by process', holder.pid, size([holder.pid]))
  return (
    states.length === serverNames.length &&
    states.every(({ complaint }) => complaint === undefined) &&
    !well.includes(false)
  )
}

/** Prints how it is; what is not green in the apps is told by name. */
async function serviceLine({ name, healthUrl, process }: ServiceState): Promise<boolean> {
  const running =
    process !== undefined && isAlive(process) ? `process ${process.pid}, ${size(family(process.pid))}` : 'ended'
  try {
    const response = await fetch(healthUrl, { signal: AbortSignal.timeout(5_000) })
    const { apps = {} } = (await response.json()) as {
      readonly apps?: Record<string, { state: string; reason: string }>
    }
    const answer = response.ok ? 'healthy' : `answers ${response.status}`
    console.log(name.padEnd(21), [healthUrl, answer, running].join('  '))
    for (const [app, { state, reason }] of Object.entries(apps)) console.log('  ', app.padEnd(18), state, reason)
    return response.ok
  } catch {
    console.log(name.padEnd(21), [healthUrl, 'does not answer', running].join('  '))
    return false
  }
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
