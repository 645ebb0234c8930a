/**
 * The processes of the simulated system and what may befall them: start, die with or without their disk, freeze and wake after
 * their partitions have moved, come and go. What outlives processes (the log, disks, stores, the control database) is here too.
 */
import { join } from 'node:path'
import { type RunKind, walksInMemory } from '@attio-stream/backfill'
import { TOPICS } from '@attio-stream/contracts'
import { parkingInMemory } from '@attio-stream/hydrate'
import { type Codec, type MemoryLog, memoryCodec, memoryLog } from '@attio-stream/stream'
import type { KnownConnection } from '@attio-stream/webhook'
import type { EmulatedWorkspace } from '../emulators/attio/index.ts'
import { Machine } from './machine.ts'
import {
  type Run,
  type Running,
  runBackfill,
  runCompact,
  runEnrich,
  runHydrate,
  runStore,
  runWebhook,
  type Surroundings,
} from './stages.ts'
import { Store } from './store.ts'
import type { VirtualTime } from './virtual-time.ts'
import { wired } from './wired.ts'

export const STAGES = ['webhook', 'hydrate', 'backfill', 'compact', 'enrich', 'alpha', 'beta'] as const
export type StageName = (typeof STAGES)[number]

/** A killed process is missed by the brokers after this long, ms. */
export const SESSION_MS = 10_000
const HEARTBEAT_MS = 3_000
const PARTITIONS = 2

export interface Process {
  readonly stage: StageName
  readonly machine: Machine
  readonly connection: MemoryLog
  readonly running: Running
  readonly directory: string
  leaving: boolean
  /** The brokers have given it up while it was frozen. */
  expired: boolean
}

export interface SystemOptions {
  readonly time: VirtualTime
  readonly workspaces: readonly EmulatedWorkspace[]
  readonly root: string
  /** Most ms a process's clock may be wrong by. */
  readonly skewMs: number
  /** How coarse its clock is, ms. */
  readonly tickMs: number
  readonly pageSize: number | undefined
  readonly transaction: number
  readonly count: (what: string) => void
}

export class System {
  readonly log: MemoryLog
  readonly codec: Codec = memoryCodec()
  readonly stores: readonly [Store, Store]
  readonly connections = new Map<string, KnownConnection>()
  readonly walks = walksInMemory()
  readonly processes: Process[] = []
  readonly #options: SystemOptions
  readonly #parking = parkingInMemory()
  /** Walks asked for, done ones too. */
  readonly #runs: Run[] = []
  readonly #owners = new Map<Run, Machine>()
  #lives = 0

  constructor(options: SystemOptions) {
    const { time, count } = options
    this.#options = options
    const topics = Object.entries(TOPICS).map(([name, { partitions }]) => [
      name,
      partitions === 'shared' ? PARTITIONS : 1,
    ])
    this.log = memoryLog({ topics: Object.fromEntries(topics), now: () => Math.floor(time.now) })
    this.stores = [new Store('alpha', time, count), new Store('beta', time, count)]
  }

  of(stage: StageName): readonly Process[] {
    return this.processes.filter((process) => process.stage === stage && !process.machine.dead && !process.leaving)
  }

  start(stage: StageName, directory?: string): void {
    const { time, root, skewMs, tickMs, count, workspaces, pageSize, transaction } = this.#options
    const life = this.#lives++
    const skew = skewMs === 0 ? 0 : Math.round(time.between(-skewMs, skewMs))
    if (Math.abs(skew) > 60_000) count('clock off by more than a minute')
    const machine = new Machine(`${stage}.${life}`, skew, tickMs)
    const { connection, log } = wired({ log: this.log, machine, time })
    const disk = directory ?? join(root, String(life))
    const around: Surroundings = {
      log,
      codec: this.codec,
      directory: disk,
      workspaces,
      connections: this.connections,
      parking: this.#parking,
      walks: this.walks,
      runs: this.#runs,
      claim: (run) => this.#claim(run, machine),
      stores: this.stores,
      pageSize,
      transaction,
      count,
    }
    const running = machine.run(() => this.#run(stage, around))
    running.failed.catch((error) => {
      if (!machine.dead) time.failure ??= new Error(`${stage} failed: ${messageOf(error)}`, { cause: error })
    })
    this.processes.push({ stage, machine, connection, running, directory: disk, leaving: false, expired: false })
  }

  #run(stage: StageName, around: Surroundings): Running {
    switch (stage) {
      case 'webhook':
        return runWebhook(around)
      case 'hydrate':
        return runHydrate(around)
      case 'backfill':
        return runBackfill(around)
      case 'compact':
        return runCompact(around)
      case 'enrich':
        return runEnrich(around)
      case 'alpha':
        return runStore(around, this.stores[0])
      case 'beta':
        return runStore(around, this.stores[1])
    }
  }

  /** kill -9. Its successor comes `downMs` later, on the same disk or on an empty one. */
  crash(process: Process, { disk, downMs }: { readonly disk: 'kept' | 'lost'; readonly downMs: number }): void {
    const { time } = this.#options
    process.machine.kill()
    process.connection.crash({ missed: false })
    time.after(SESSION_MS, `${process.machine.name} missed`, () => process.connection.expire())
    time.after(downMs, `${process.stage} starts again`, () =>
      this.start(process.stage, disk === 'kept' ? process.directory : undefined),
    )
  }

  /** SIGSTOP, and SIGCONT `ms` later: beyond the session its partitions have moved meanwhile. */
  freeze(process: Process, ms: number): void {
    const { time, count } = this.#options
    const { machine, connection } = process
    if (machine.frozen || machine.dead) return
    machine.freeze()
    if (ms > SESSION_MS)
      time.after(SESSION_MS, `${machine.name} missed`, () => {
        if (machine.dead) return
        process.expired = true
        connection.expire()
      })
    time.after(ms, `${machine.name} wakes`, () => {
      if (machine.dead) return
      count(process.expired ? `zombie ${process.stage}` : `pause ${process.stage}`)
      const { expired } = process
      process.expired = false
      machine.wake()
      if (expired)
        time.after(time.between(0, HEARTBEAT_MS), `${machine.name} hears of it`, () =>
          machine.reach(() => void connection.rejoin()),
        )
    })
  }

  /** All of the workspace is to be read. */
  walk(workspace: string, kind: RunKind = 'backfill'): void {
    const run = `${kind} ${this.#runs.length}`
    this.#options.time.note(run)
    this.#options.count(kind)
    void this.walks.begin(workspace, run, kind)
    this.#runs.push({ workspace, run, kind })
    this.#look()
  }

  #look(): void {
    for (const { machine, running } of this.processes) machine.reach(() => running.look?.())
  }

  /** As a queue does: runs go to the processes in turn, and to another when theirs has died. */
  #claim(run: Run, machine: Machine): boolean {
    const owner = this.#owners.get(run)
    if (owner !== undefined && !owner.dead) return owner === machine
    const machines = this.of('backfill').map((process) => process.machine)
    const next = machines[this.#runs.indexOf(run) % Math.max(1, machines.length)] ?? machine
    if (next !== machine && machines.includes(machine)) return false
    this.#owners.set(run, machine)
    return true
  }

  /** SIGTERM. */
  leave(process: Process): void {
    process.leaving = true
    process.machine.reach(() => {
      process.running
        .stop()
        .then(() => process.connection.close())
        .then(() => {
          process.machine.kill()
          this.#look()
        })
        .catch((error) => {
          this.#options.time.failure ??= new Error(`${process.stage} did not stop: ${messageOf(error)}`)
        })
    })
  }

  /** Nothing of it happens any more. */
  end(): void {
    for (const { machine } of this.processes) machine.kill()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
