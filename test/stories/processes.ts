/**
 * The stages and the sink as processes that can be killed: each has a connection to the log of its own, its tables in a
 * directory of its own, and what it owes can be looked at from outside.
 */
import { join } from 'node:path'
import { type CompactOptions, compactStage } from '@attio-stream/compact'
import { toDocument } from '@attio-stream/documents'
import { type EnrichOptions, enrichStage } from '@attio-stream/enrich'
import { createLogger } from '@attio-stream/service'
import { runSink } from '@attio-stream/sink'
import type { MemorySink } from '@attio-stream/sink/memory'
import {
  type Codec,
  type MemoryLog,
  type RunStageOptions,
  runStage,
  type Stage,
  type Table,
  type TableSpec,
  type Task,
} from '@attio-stream/stream'
import { Registry } from 'prom-client'

export interface Process {
  /** Rejects when it cannot go on. */
  readonly failed: Promise<never>
  /** Work it knows of and has not done. */
  owed(): number
  /** The directory as its tasks see it; empty for what keeps none. */
  names(): readonly Table<'crm.names'>[]
  /** kill -9, and the brokers notice. */
  crash(): void
  stop(): Promise<void>
}

export interface ProcessOptions {
  readonly log: MemoryLog
  readonly codec: Codec
  /** Of this process; kept by whoever restarts it with its disk. */
  readonly directory: string
}

/** Code of tomorrow, in the place of ours. */
export interface Code {
  readonly observe?: NonNullable<CompactOptions['observe']>
  readonly join?: NonNullable<EnrichOptions['join']>
}

export function compactProcess(
  options: ProcessOptions & Pick<Code, 'observe'> & { readonly lateReadMs: number },
): Process {
  const { lateReadMs, observe } = options
  return stageProcess(compactStage({ lateReadMs, ...(observe === undefined ? {} : { observe }) }), options)
}

export function enrichProcess(options: ProcessOptions & Pick<Code, 'join'>): Process {
  const { join: joined } = options
  const code = joined === undefined ? {} : { join: joined }
  return stageProcess(enrichStage({ linger: { live: 1, catchingUp: 20 }, ...code }), options)
}

function stageProcess<Tables extends Readonly<Record<string, TableSpec>>>(
  stage: Stage<Tables>,
  { log, codec, directory }: ProcessOptions,
): Process {
  const connection = log.connect()
  const tasks = new Map<Task, Readonly<Record<string, Table>>>()
  const watched: Stage<Tables> = {
    ...stage,
    task(tables) {
      const task = stage.task(tables)
      tasks.set(task, tables as Readonly<Record<string, Table>>)
      return task
    },
  }
  const options: RunStageOptions = { log: connection, codec, directory: join(directory, stage.name), fencedWaitMs: 20 }
  const running = runStage(watched, options)
  return {
    failed: running.failed,
    owed() {
      let sum = 0
      for (const task of tasks.keys()) {
        const { live, background } = task.owed?.() ?? { live: 0, background: 0 }
        sum += live + background
      }
      return sum
    },
    names: () => [...tasks.values()].flatMap(({ names }) => (names === undefined ? [] : [names as Table<'crm.names'>])),
    crash: () => connection.crash(),
    stop: () => running.stop(),
  }
}

/** The store outlives the process that writes it. */
export function sinkProcess({
  log,
  codec,
  store,
}: Omit<ProcessOptions, 'directory'> & { readonly store: MemorySink }): Process {
  const connection = log.connect()
  const running = runSink({
    sink: store,
    log: connection,
    codec: async () => codec,
    format: toDocument,
    logger: createLogger({ level: 'silent' }),
    metrics: new Registry(),
    limits: { lingerMs: 1 },
    graceMs: 200,
  })
  return {
    failed: running.failed ?? new Promise<never>(() => {}),
    owed: () => 0,
    names: () => [],
    crash: () => connection.crash(),
    stop: () => running.stop(),
  }
}
