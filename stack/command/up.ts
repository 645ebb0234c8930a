/**
 * Starts in the background what has no address of its own, and prints where all of it answers: the servers, or with them
 * emulators and apps, a connected workspace and its backfill. A second `up` finds the first and says so.
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
export async function up(config: Config, { serversOnly }: { readonly serversOnly: boolean }): Promise<void> {
  const external = serverNames.filter((name) => config.env[servers[name].addressVariable] !== undefined)
  if (runningState(config.directory) !== undefined) console.log('It is already running.')
  else if (serversOnly && external.length === serverNames.length) await startStack({ ...config, say: console.log })
  else await startInBackground(config, serversOnly ? ['--servers'] : [])
  for (const { name, address, provider } of presentServers(config)) {
    console.log(
      `${servers[name].addressVariable}=${shown(provider, address)}${provider === 'external' ? '  (not ours)' : ''}`,
    )
  }
  for (const { name, healthUrl } of runningState(config.directory)?.services ?? []) console.log(`${name}: ${healthUrl}`)
  if (!serversOnly) console.log('make status tells how it is, make down stops it.')
}

async function startInBackground({ directory }: Config, flags: readonly string[]): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const log = openSync(join(directory, 'background.log'), 'a')
  const program = join(import.meta.dirname, '../background.ts')
  const child = spawn(process.execPath, [program, ...flags], { detached: true, stdio: ['ignore', log, log, 'ipc'] })
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
