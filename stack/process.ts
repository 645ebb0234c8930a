/**
 * A server that is a process of this machine: start, wait until it answers, stop, kill, restart. One thing at a time happens to
 * it. What a particular server needs is a Recipe (kafka.ts, registry.ts, opensearch.ts, postgres.ts).
 */
import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, guarded, ref, unref } from './guard.ts'
import { health } from './health.ts'
import { type Identity, identify, isAlive } from './pid.ts'
import { assertFree } from './port.ts'
import { type RunningServer, type ServerName, StackError, servers } from './server.ts'
import { until } from './until.ts'

export interface Recipe {
  readonly name: ServerName
  readonly address: string
  /** Asked for readiness instead of `address`. */
  readonly healthAddress?: string
  readonly port: number
  /** For the log, the pid file and whatever the recipe puts there. */
  readonly directory: string
  /** Every folder to remove when the server was a throwaway. */
  readonly data: readonly string[]
  readonly command: Command
  /** Before every start: write settings, make the data folder if there is none. Says what went wrong in a sentence. */
  prepare(log: number): Promise<void>
  /** After the port answers for the first time. */
  complete?(): Promise<void>
  /** A line of the log that means: try again, the last one is not quite gone. */
  readonly passing?: RegExp
}

/** A JVM that starts while everything else is at work takes a minute. */
const readyWithinMs = 120_000

export class ServerProcess implements RunningServer {
  readonly provider = 'jars'
  readonly #recipe: Recipe
  #child: ChildProcess | undefined
  #exit: Promise<string> = Promise.resolve('it has not been started')
  #last: Promise<unknown> = Promise.resolve()
  #expected = true
  /** Called when the server ends although nobody asked it to. */
  readonly #onLoss: (sentence: string) => void

  constructor(recipe: Recipe, onLoss: (sentence: string) => void) {
    this.#recipe = recipe
    this.#onLoss = onLoss
  }

  get name(): ServerName {
    return this.#recipe.name
  }

  get address(): string {
    return this.#recipe.address
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get logFile(): string {
    return join(this.#recipe.directory, 'server.log')
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#start(signal))
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop())
  }

  restart(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stop()
      await this.#start()
    })
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#expected = true
    this.#child?.kill(signal)
  }

  /** The last stop; without `keepData` it is quick and leaves nothing behind. */
  async end(keepData: boolean): Promise<void> {
    if (keepData) return this.stop()
    this.kill(this.#recipe.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')
    await this.stop()
    for (const folder of this.#recipe.data) rmSync(folder, { recursive: true, force: true })
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(step, step)
    this.#last = turn.catch(() => {})
    return turn
  }

  async #start(signal?: AbortSignal): Promise<void> {
    const { name, directory, port } = this.#recipe
    if (this.#child !== undefined) return
    mkdirSync(directory, { recursive: true })
    await this.#predecessorGone(signal)
    await assertFree(name, port)
    const deadline = performance.now() + readyWithinMs
    for (;;) {
      const from = this.#logSize()
      try {
        await this.#launch(signal)
        return
      } catch (error) {
        await this.#stop()
        signal?.throwIfAborted()
        const again = this.#recipe.passing?.test(this.#logSince(from)) && performance.now() < deadline
        if (!again) throw error
      }
    }
  }

  async #launch(signal?: AbortSignal): Promise<void> {
    const { name, address, healthAddress = address, command } = this.#recipe
    const from = this.#logSize()
    const log = openSync(this.logFile, from > 20_000_000 ? 'w' : 'a')
    try {
      await this.#recipe.prepare(log)
      signal?.throwIfAborted()
      this.#adopt(guarded(command, log))
    } finally {
      closeSync(log)
    }
    const ended = this.#exit.then((how) => {
      throw new StackError(`${servers[name].title} ended before it was ready (${how}). ${this.#lastWords(from)}`)
    })
    const title = servers[name].title
    const giveUp = new AbortController()
    const stopWaiting = signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal])
    const answers = until(`${title} answering at its port`, () => health[name](healthAddress), {
      withinMs: readyWithinMs,
      signal: stopWaiting,
    })
    try {
      await Promise.race([answers, ended])
      await Promise.race([this.#recipe.complete?.(), ended])
    } finally {
      giveUp.abort()
      await answers.catch(() => {})
      if (this.#child !== undefined) unref(this.#child)
    }
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
      rmSync(this.#pidFile, { force: true })
      if (!this.#expected) this.#onLoss(`${servers[this.name].title} ended (${how}); its log is ${this.logFile}`)
    }
    child.once('exit', (code, killer) => gone(killer === null ? `exit code ${code}` : killer))
    child.once('error', (error) => gone(error.message))
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (identity !== undefined) writeFileSync(this.#pidFile, JSON.stringify(identity))
  }

  async #stop(): Promise<void> {
    const child = this.#child
    this.#expected = true
    if (child === undefined) return
    ref(child)
    child.kill(this.#recipe.command.stopSignal)
    const insist = setTimeout(() => child.kill('SIGKILL'), this.#recipe.command.graceMs)
    await this.#exit
    clearTimeout(insist)
  }

  /** After a crash of the last owner its watcher may still be stopping the server that used this directory. */
  async #predecessorGone(signal?: AbortSignal): Promise<void> {
    if (!existsSync(this.#pidFile)) return
    const previous = JSON.parse(readFileSync(this.#pidFile, 'utf8')) as Identity
    const what = `The end of the previous ${servers[this.name].title} (process ${previous.pid})`
    const gone = () => {
      if (isAlive(previous)) throw new Error('it is still running on the same data; stop its owner first')
    }
    await until(what, gone, { withinMs: this.#recipe.command.graceMs + 2_000, signal })
  }

  get #pidFile(): string {
    return join(this.#recipe.directory, 'pid')
  }

  #logSize(): number {
    return existsSync(this.logFile) ? statSync(this.logFile).size : 0
  }

  #logSince(from: number): string {
    const text = readFileSync(this.logFile)
    return text.subarray(from <= text.length ? from : 0).toString()
  }

  #lastWords(from: number): string {
    const lines = this.#logSince(from).trim().split('\n')
    const telling = lines.filter((line) => /error|fatal|exception|caused by|refus|denied/i.test(line))
    const words = (telling[0] ?? lines.at(-1) ?? '').trim().slice(0, 400)
    return `Its log ${this.logFile} says: ${words || 'nothing'}`
  }
}
