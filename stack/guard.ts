/**
 * Starts a program that cannot outlive this process. A small watcher beside it reads a pipe that only this process holds
 * open: when this process ends, however it ends (SIGKILL too), the pipe closes and the watcher stops the program.
 * The program has a session of its own, so Ctrl-C in a terminal reaches only us. When to stop it is process.ts's job.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { StackError } from './server.ts'

export interface Account {
  readonly uid: number
  readonly gid: number
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Run as this account; only root can. */
  readonly account?: Account | undefined
  /** The signal that asks the program to end in good order, and how long it may take before SIGKILL. */
  readonly stopSignal: NodeJS.Signals
  readonly graceMs: number
  /** Removed by the watcher if this process dies: the data of a throwaway server. */
  readonly removeIfAbandoned?: string | undefined
}

// The shell becomes the program (exec), so the child's pid is the program's pid. The watcher is forked twice and so belongs to init:
// the program never sees a child it did not make. "ended" on the pipe says that there is nothing left to stop.
const script = `
me=$$ signal=$1 ticks=$2 remove=$3
shift 3
( (
  word=
  read -r word <&3
  [ "$word" = ended ] && exit 0
  kill -s "$signal" $me 2>/dev/null
  while kill -s 0 $me 2>/dev/null && [ $ticks -gt 0 ]; do ticks=$((ticks - 1)); sleep 0.1; done
  kill -s KILL $me 2>/dev/null
  [ -n "$remove" ] && sleep 0.2 && rm -rf -- "$remove"
) >/dev/null 2>&1 & )
exec "$@" </dev/null 3<&-
`

/** Standard output and error go to `output`, a file descriptor or a pipe to read from. */
export function guarded(command: Command, output: number | 'pipe'): ChildProcess {
  const { file, args, cwd, account, stopSignal, graceMs, removeIfAbandoned = '' } = command
  const signal = stopSignal.replace(/^SIG/, '')
  const ticks = String(Math.ceil(graceMs / 100))
  const child = spawn('/bin/sh', ['-c', script, 'guard', signal, ticks, removeIfAbandoned, file, ...args], {
    stdio: ['ignore', output, output, 'pipe'], // not standard input: Node closes that before it tells us of the end
    detached: true,
    env: { ...plainEnvironment(), ...command.env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  })
  const pipe = child.stdio[3] as Socket | undefined
  pipe?.on('error', () => {}) // the watcher may be gone before the word reaches it
  child.once('exit', () => pipe?.end('ended\n'))
  return child
}

/** Runs a program to its end. @throws StackError when it does not end well; its output is in the log. */
export async function run(what: string, command: Command, output: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number | string | null>()
  const child = guarded(command, output)
  child.once('error', reject)
  child.once('exit', (code, killer) => resolve(killer ?? code))
  const how = await promise
  if (how !== 0) throw new StackError(`${what} failed (it ended with ${how})`)
}

/** Lets this process end while the program still runs (which then ends it). */
export function unref(child: ChildProcess): void {
  child.unref()
  ;(child.stdio[3] as Socket | undefined)?.unref()
}

export function ref(child: ChildProcess): void {
  child.ref()
}

// Servers need no setting of ours, least of all a token.
function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']
  const pairs = [...kept, 'NO_PROXY', 'MAVEN_OPTS', 'MAVEN_ARGS'].map((name) => [name, process.env[name]] as const)
  const present = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
  return { ...Object.fromEntries(present), LANG: 'C.UTF-8' }
}
