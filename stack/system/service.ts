/**
 * A program of ours as a process of its own: an app, the host of several, or an emulator. It cannot outlive this process
 * (guard.ts), writes to a log file of its own, and can be killed, paused and started again in tests.
 */
import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { guarded, ref } from '../guard.ts'
import { StackError } from '../server.ts'
import { until } from '../until.ts'

export type Environment = Readonly<Record<string, string>>

export interface ServiceOptions {
  readonly name: string
  /** Relative to the project's folder. */
  readonly script: string
  readonly args?: readonly string[]
  readonly env: Environment
  /** Where its log goes. */
  readonly directory: string
  /** Where its health page answers, without a path. */
  readonly url?: string
  /** Throws while the service is not ready. Default: ready as soon as it runs. */
  readonly ready?: () => Promise<unknown>
  readonly readyWithinMs?: number
  readonly signal?: AbortSignal | undefined
  /** Told when the process ends although nobody asked it to. */
  readonly onLoss?: (sentence: string) => void
}

const root = join(import.meta.dirname, '../..')
/**
 * Types are stripped once, not at every start: half the start time and a quarter of the memory. Two malloc arenas instead of
 * eight a core, and large buffers always outside of them, keep what comes and goes from growing the process.
 */
const compiled = {
  NODE_COMPILE_CACHE: join(root, '.data/compile-cache'),
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: String(128 * 1024),
}
/** The join makes garbage as fast as it can: in a young generation twice as large less of it grows old before it is found. */
const JOIN_FLAGS = ['--max-semi-space-size=32']
const graceMs = 30_000

export class Service {
  readonly name: string
  readonly #options: ServiceOptions
  #child: ChildProcess | undefined
  #exit: Promise<string> = Promise.resolve('it has not been started')
  #expected = true

  constructor(options: ServiceOptions) {
    this.name = options.name
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Where its health page answers (`/healthz`, `/readyz`, `/metrics`), if it has one. */
  get url(): string | undefined {
    return this.#options.url
  }

  get logFile(): string {
    return join(this.#options.directory, `${this.name}.log`)
  }

  /** @throws StackError with the last words of its log when it ends before it is ready. */
  async start(): Promise<void> {
    if (this.#child !== undefined) return
    const { script, args = [], env, ready, readyWithinMs = 60_000, signal } = this.#options
    mkdirSync(dirname(this.logFile), { recursive: true })
    const log = openSync(this.logFile, 'a')
    const command = {
      file: process.execPath,
      args: [...flagsOf(script, args), script, ...args],
      cwd: root,
      env: { ...compiled, ...env },
      stopSignal: 'SIGTERM',
      graceMs,
    } as const
    this.#adopt(guarded(command, log))
    closeSync(log)
    if (ready === undefined) return
    const ended = this.#exit.then((how) => {
      throw new StackError(`${this.name} ended before it was ready (${how}). ${this.#lastWords()}`)
    })
    const giveUp = new AbortController()
    const either = signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal])
    const answers = until(`${this.name} being ready`, ready, { withinMs: readyWithinMs, signal: either })
    try {
      await Promise.race([answers, ended])
    } finally {
      giveUp.abort()
      await answers.catch(() => {})
    }
  }

  /** Asks it to end and waits; after a while insists. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#expected = true
    if (child === undefined) return
    ref(child)
    child.kill('SIGTERM')
    const insist = setTimeout(() => child.kill('SIGKILL'), graceMs)
    await this.#exit
    clearTimeout(insist)
  }

  /** Sends a signal and, when it is deadly, waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const deadly = signal === 'SIGKILL'
    if (deadly) this.#expected = true
    this.#child?.kill(signal)
    if (deadly) await this.#exit
  }

  #adopt(child: ChildProcess): void {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.#child = child
    this.#exit = promise
    this.#expected = false
    const gone = (how: string) => {
      resolve(how)
      if (this.#child !== child) return
      this.#child = undefined
      if (!this.#expected) this.#options.onLoss?.(`${this.name} ended (${how}). ${this.#lastWords()}`)
    }
    child.once('exit', (code, killer) => gone(killer === null ? `exit code ${code}` : killer))
    child.once('error', (error) => gone(error.message))
  }

  #lastWords(): string {
    const lines = readFileSync(this.logFile, 'utf8').trim().split('\n')
    const telling = lines.findLast((line) => /"level":"(fatal|error)"|^\S*Error/.test(line)) ?? lines.at(-1) ?? ''
    return `Its log ${this.logFile} says: ${telling.slice(0, 1_000)}`
  }
}

export interface CommandOptions {
  readonly name: string
  readonly script: string
  readonly args?: readonly string[]
  readonly env: Environment
  readonly signal?: AbortSignal | undefined
  /** Told each line as it is printed. */
  readonly onLine?: (line: string) => void
}

/** Runs a command of ours to its end and gives what it printed. @throws StackError with what it printed when it fails. */
export async function runOnce(options: CommandOptions): Promise<string> {
  const { name, script, args = [], env } = options
  const child = guarded(
    {
      file: process.execPath,
      args: [script, ...args],
      cwd: root,
      env: { ...compiled, ...env },
      stopSignal: 'SIGTERM',
      graceMs,
    },
    'pipe',
  )
  const text: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      text.push(line)
      options.onLine?.(line)
    })
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | string | null>()
  child.once('error', reject)
  child.once('close', (code, killer) => resolve(killer ?? code))
  const abort = () => child.kill('SIGTERM')
  options.signal?.addEventListener('abort', abort, { once: true })
  const how = await promise
  options.signal?.removeEventListener('abort', abort)
  options.signal?.throwIfAborted()
  if (how !== 0) throw new StackError(`${name} failed (it ended with ${how}): ${text.join('\n').trim().slice(-2_000)}`)
  return text.join('\n')
}

/** Flags of Node for a program. */
function flagsOf(script: string, args: readonly string[]): readonly string[] {
  const joins = script === 'apps/enrich/main.ts' || (script === 'apps/host/main.ts' && args.join() === 'enrich')
  return joins ? JOIN_FLAGS : []
}
