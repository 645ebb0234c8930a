/** Processes that run schedules side by side. A process that dies fails the schedule it had, with what it said. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Planted } from './plant.ts'
import type { Order, Report } from './worker.ts'

export interface PoolOptions {
  readonly workers?: number
  /** A fault the code shall have. */
  readonly fault?: Planted
}

export class Pool {
  readonly #root = mkdtempSync(join(tmpdir(), 'simulation-'))
  readonly #idle: ChildProcess[] = []
  readonly #all = new Set<ChildProcess>()
  readonly #options: PoolOptions
  #closed = false
  readonly workers: number

  constructor(options: PoolOptions = {}) {
    this.#options = options
    this.workers = options.workers ?? Math.max(1, availableParallelism())
  }

  /** Runs one order. @throws when its process dies; never resolves once the pool is closed. */
  run(order: Order): Promise<Report> {
    const worker = this.#idle.pop() ?? this.#start()
    const { promise, resolve, reject } = Promise.withResolvers<Report>()
    const died = (code: number | null): void => {
      this.#all.delete(worker)
      if (!this.#closed) reject(new Error(`The process that ran seed ${order.seed} died with ${code}.`))
    }
    worker.once('message', (report: Report) => {
      worker.off('exit', died)
      this.#idle.push(worker)
      resolve(report)
    })
    worker.once('exit', died)
    worker.send(order)
    return promise
  }

  /** Seeds in order, `workers` at once, until `enough` says so; reports come as they are ready. */
  async runAll(
    seeds: Iterable<number>,
    onReport: (report: Report) => void,
    enough: () => boolean = () => false,
  ): Promise<void> {
    const left = seeds[Symbol.iterator]()
    const work = async (): Promise<void> => {
      for (let next = left.next(); !next.done && !enough(); next = left.next())
        onReport(await this.run({ kind: 'run', seed: next.value }))
    }
    await Promise.all(Array.from({ length: this.workers }, work))
  }

  close(): void {
    this.#closed = true
    for (const worker of this.#all) worker.kill()
    rmSync(this.#root, { recursive: true, force: true })
  }

  #start(): ChildProcess {
    const { fault } = this.#options
    const given = [this.#root, ...(fault === undefined ? [] : [JSON.stringify(fault)])]
    const worker = fork(join(import.meta.dirname, 'worker.ts'), given, { serialization: 'advanced' })
    this.#all.add(worker)
    return worker
  }
}
