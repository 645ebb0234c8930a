/**
 * Where each server answers now: those `up` has started from the state file, external ones from the settings.
 */
import type { Config } from '../config.ts'
import { type ServerName, serverNames, servers } from '../server.ts'
import { runningState, type ServerState } from '../state.ts'

export function presentServers({ env, directory }: Config): readonly ServerState[] {
  const own = runningState(directory)?.servers ?? []
  return serverNames.flatMap((name) => own.find((server) => server.name === name) ?? external(env, name))
}

function external(env: Config['env'], name: ServerName): readonly ServerState[] {
  const address = env[servers[name].addressVariable]
  return address === undefined ? [] : [{ name, provider: 'external', address }]
}
