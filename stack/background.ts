/**
 * The process that `up` leaves behind: it holds the whole system, or with --servers the stack alone, until SIGTERM. It tells its parent what happens until the servers are ready;
 * if the parent goes away before that (Ctrl-C), it stops what it has started. Its own end, however it comes, ends the servers.
 */
import { readConfig } from './config.ts'
import { startStack } from './stack.ts'
import { removeState, stateOf, writeState } from './state.ts'
import { holdSystem } from './system/hold.ts'

export type Report =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly sentence: string }

const config = readConfig(process.env)
const { env, ports, directory } = config
const end = new AbortController()
const ended = Promise.withResolvers<void>()
end.signal.addEventListener('abort', () => ended.resolve())

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => end.abort(new Error(`stopped by ${signal}`)))
process.on('SIGHUP', () => {}) // the terminal was closed
process.once('disconnect', () => end.abort(new Error('stopped while starting')))

try {
  const say = (line: string) => tell({ kind: 'line', line })
  const held = process.argv.includes('--servers')
    ? await startStack({ directory, env, ports, say, signal: end.signal }).then((stack) => ({
        stack,
        services: [],
        stop: stack.stop,
      }))
    : await holdSystem(config, { say, signal: end.signal })
  writeState(directory, stateOf(held.stack, held.services))
  process.removeAllListeners('disconnect')
  await tell({ kind: 'ready' })
  if (process.connected) process.disconnect()
  const alive = setInterval(() => {}, 1 << 30) // nothing else keeps this process here
  await ended.promise
  await held.stop()
  clearInterval(alive)
  removeState(directory)
} catch (error) {
  const sentence = error instanceof Error ? error.message : String(error)
  await tell({ kind: 'failed', sentence })
  if (process.connected) process.disconnect()
  process.exitCode = 1
}

/** To the parent while there is one, and to the log. */
async function tell(report: Report): Promise<void> {
  console.log(new Date().toISOString(), report.kind === 'line' ? report.line : JSON.stringify(report))
  if (!process.connected) return
  const { promise, resolve } = Promise.withResolvers<void>()
  process.send?.(report, undefined, undefined, () => resolve())
  await promise
}
