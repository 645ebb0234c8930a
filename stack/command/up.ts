/**
 * Starts every server that has no external address, in the background, and prints where all of them answer. A second `up` finds the
 * first and says so.
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../background.ts'
import type { Config } from '../config.ts'
import { StackError, serverNames, servers, shown } from '../server.ts'
import { startStack } from '../stack.ts'
import { runningState } from '../state.ts'
import { presentServers } from './addresses.ts'

/** @throws StackError */
export async function up(config: Config): Promise<void> {
  const external = serverNames.filter((name) => config.env[servers[name].addressVariable] !== undefined)
  if (runningState(config.directory) !== undefined) console.log('The servers are already running.')
  else if (external.length === serverNames.length) await startStack({ ...config, say: console.log })
  else await startInBackground(config)
  for (const { name, address, provider } of presentServers(config)) {
    console.log(
      `${servers[name].addressVariable}=${shown(provider, address)}${provider === 'external' ? '  (not ours)' : ''}`,
    )
  }
}

async function startInBackground({ directory }: Config): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const log = openSync(join(directory, 'background.log'), 'a')
  const program = join(import.meta.dirname, '../background.ts')
  const child = spawn(process.execPath, [program], { detached: true, stdio: ['ignore', log, log, 'ipc'] })
  closeSync(log)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.on('message', (report: Report) => {
    if (report.kind === 'line') console.log(report.line)
    if (report.kind === 'ready') resolve()
    if (report.kind === 'failed') reject(new StackError(report.sentence))
  })
  child.once('error', reject)
  child.once('exit', (code, signal) => {
    reject(
      new StackError(`The background process ended (${signal ?? code}): read ${join(directory, 'background.log')}`),
    )
  })
  try {
    await promise
  } finally {
    child.unref()
    if (child.connected) child.disconnect()
  }
}
