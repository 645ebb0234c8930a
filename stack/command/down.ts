/**
 * Stops what `up` left running and waits until it is really gone. A process is only signalled if it is the one that was written down.
 * Data stays unless told otherwise.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { tryLock } from '../lock.ts'
import { isAlive } from '../pid.ts'
import { outsideHome } from '../recipes/postgres-programs.ts'
import { StackError } from '../server.ts'
import { readState, removeState, type State, survivors } from '../state.ts'
import { until } from '../until.ts'

const orderlyWithinMs = 40_000

export async function down({ directory }: Config, { data }: { data: boolean }): Promise<void> {
  const state = readState(directory)
  if (state === undefined) console.log('No servers were running.')
  else await stop(state, directory)
  if (data) await forget(directory, state)
}

async function stop(state: State, directory: string): Promise<void> {
  const { holder } = state
  const gone = () => {
    const left = survivors(state)
    if (left.length > 0) throw new Error(`still running: ${left.map(({ pid }) => pid).join(', ')}`)
  }
  if (isAlive(holder)) process.kill(holder.pid, 'SIGTERM')
  try {
    await until('The end of the servers', gone, { withinMs: orderlyWithinMs })
  } catch {
    if (isAlive(holder)) process.kill(holder.pid, 'SIGKILL') // its watchers end the servers
    await until('The end of the servers', gone, { withinMs: orderlyWithinMs })
  }
  removeState(directory)
  console.log('Stopped.')
}

async function forget(directory: string, state: State | undefined): Promise<void> {
  const lock = tryLock(join(directory, 'lock'))
  if (lock === undefined) throw new StackError(`A stack is running on the data in ${directory}: stop it first.`)
  if (state?.servers.some(({ provider }) => provider === 'containers')) {
    const { removeVolumes } = await import('../containers.ts')
    await removeVolumes(
      directory,
      state.servers.map(({ name }) => name),
    )
  }
  rmSync(outsideHome(join(directory, 'postgres')), { recursive: true, force: true })
  rmSync(directory, { recursive: true, force: true })
  lock.release()
  console.log('Removed the data.')
}
