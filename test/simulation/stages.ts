/** What runs in a process of the simulated system, as the apps put it together: with the settings of production. */
import { AttioClient, AttioClock, Budgets } from '@attio-stream/attio'
import {
  Brake,
  DIRECTORY,
  fanOut,
  type RunKind,
  type RunsOptions,
  sweepOne,
  type Walks,
  walkOne,
} from '@attio-stream/backfill'
import { compactStage } from '@attio-stream/compact'
import { toDocument } from '@attio-stream/documents'
import { enrichStage } from '@attio-stream/enrich'
import { Hydrator, Intake, type parkingInMemory, type Standing } from '@attio-stream/hydrate'
import { createLogger } from '@attio-stream/service'
import { runSink } from '@attio-stream/sink'
import {
  type Codec,
  isBug,
  type Log,
  publisher,
  runStage,
  type Stage,
  sleep,
  type TableSpec,
  TRANSACTION_LIMITS,
} from '@attio-stream/stream'
import { Coalescer, type KnownConnection, type receiver, receiver as receiverOf, Senders } from '@attio-stream/webhook'
import { Registry } from 'prom-client'
import type { EmulatedWorkspace } from '../emulators/attio/index.ts'
import { ATTIO_HOST } from './attio-server.ts'
import type { Store } from './store.ts'

export interface Run {
  readonly workspace: string
  readonly run: string
  readonly kind: RunKind
}

export interface Surroundings {
  readonly log: Log
  readonly codec: Codec
  readonly directory: string
  readonly workspaces: readonly EmulatedWorkspace[]
  readonly connections: ReadonlyMap<string, KnownConnection>
  readonly parking: ReturnType<typeof parkingInMemory>
  readonly walks: Walks
  /** Backfills and sweeps that are to be made, or were. */
  readonly runs: readonly Run[]
  /** Whether this process is to make the run: one at a time does. */
  readonly claim: (run: Run) => boolean
  readonly stores: readonly [Store, Store]
  readonly pageSize: number | undefined
  /** Outputs in one transaction of a stage at most. */
  readonly transaction: number
  readonly count: (what: string) => void
}

export interface Running {
  readonly failed: Promise<unknown>
  stop(): Promise<void>
  readonly receive?: ReturnType<typeof receiver>
  /** There is something new to do. */
  readonly look?: () => void
}

export const LATE_READ_MS = 3_000
/** How long the dead are remembered. */
export const RETENTION_MS = 7 * 24 * 60 * 60 * 1000
const FENCE_SLACK_MS = 1_000
const NEVER = new Promise<never>(() => {})

/** One client a workspace, on one clock and within one budget. */
function clientsOf({ workspaces }: Surroundings): ReadonlyMap<string, AttioClient> {
  const clock = new AttioClock()
  const budgets = Budgets.inMemory()
  const baseUrl = `https://${ATTIO_HOST}`
  return new Map(
    workspaces.map(({ id, token }) => [id, new AttioClient({ token, baseUrl, clock, budget: budgets.of(id) })]),
  )
}

export function runWebhook({ log, codec, connections }: Surroundings): Running {
  const senders = new Senders({ cached: (key) => connections.get(key), lookUp: async (key) => connections.get(key) })
  const coalescer = new Coalescer(publisher(log, codec), { lingerMs: 2, timeoutMs: 4_000 })
  return { failed: NEVER, receive: receiverOf(senders, coalescer), stop: () => coalescer.close() }
}

export function runHydrate(around: Surroundings): Running {
  const { log, codec, parking } = around
  const clients = clientsOf(around)
  const of = (workspace: string): Standing => {
    const client = clients.get(workspace)
    return client === undefined ? { kind: 'unknown' } : { kind: 'active', client }
  }
  const publish = publisher(log, codec)
  const intake = new Intake({ log, codec, publisher: publish, maxPending: 1_000 })
  const hydrator = new Hydrator({
    publisher: publish,
    codec,
    workspaces: { of, refused: async () => {} },
    parking,
    agenda: { trailing: LATE_READ_MS + FENCE_SLACK_MS },
    readsAtOnce: 32,
    readsPerWorkspace: 6,
    settled: (places) => intake.settled(places),
    onEvent: (event) => around.count(`hydrate ${event.kind}`),
  })
  const member = intake.join(hydrator)
  const failed = Promise.race([hydrator.failed, member.then((joined) => joined.failed)])
  failed.catch(() => {})
  return {
    failed,
    async stop() {
      await member
      await hydrator.stop()
      await intake.leave()
    },
  }
}

export function runCompact(around: Surroundings): Running {
  return runStaged(compactStage({ lateReadMs: LATE_READ_MS, retentionMs: RETENTION_MS }), around)
}

export function runEnrich(around: Surroundings): Running {
  return runStaged(
    enrichStage({ linger: { live: 10, catchingUp: 250, patient: { quiet: 1_500, most: 15_000 } } }),
    around,
  )
}

function runStaged<Tables extends Readonly<Record<string, TableSpec>>>(
  stage: Stage<Tables>,
  { log, codec, directory, transaction, count }: Surroundings,
): Running {
  const hooks = { trouble: (_: number, error: unknown) => count(`${stage.name} ${(error as Error).name}`) }
  return runStage(stage, { log, codec, directory, hooks, limits: { ...TRANSACTION_LIMITS, outputs: transaction } })
}

export function runStore({ log, codec }: Surroundings, store: Store): Running {
  const running = runSink({
    sink: store,
    log,
    codec: async () => codec,
    format: toDocument,
    logger: createLogger({ level: 'silent' }),
    metrics: new Registry(),
  })
  return { failed: running.failed ?? NEVER, stop: () => running.stop() }
}

/** Walks every run that is asked for, from where it stands. */
export function runBackfill(around: Surroundings): Running {
  const { log, codec, walks, runs } = around
  const stopping = new AbortController()
  const { signal } = stopping
  const clients = clientsOf(around)
  const given: RunsOptions = {
    clientOf: (id, kind) => clients.get(id)?.for(kind) ?? 'There is no such workspace.',
    refused: async () => {},
    publisher: publisher(log, codec),
    walks,
    brake: new Brake({ log, watched: [{ group: 'compact', topic: 'attio.changes' }], maxLag: 200 }),
    ...(around.pageSize === undefined ? {} : { pageSize: around.pageSize }),
    onPage: () => around.count('page walked'),
  }
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (isBug(error)) throw error
        await sleep(5_000, signal)
      }
    }
  }
  const backfill = async ({ workspace, run }: Run): Promise<void> => {
    const { streams } = await patiently(() => fanOut({ workspace, run, stream: DIRECTORY }, given, signal))
    await Promise.all(
      streams.map(async ({ name: stream }) => {
        const outcome = await patiently(() => walkOne({ workspace, run, stream }, given, signal))
        if (outcome.kind === 'failed') throw new TypeError(`The walk over ${stream} failed: ${outcome.reason}`)
      }),
    )
  }
  const sweep = async (key: Run): Promise<void> => {
    const onNominated = (missing: readonly unknown[]): void => {
      for (const _ of missing) around.count('nominated by a sweep')
    }
    const streams = await patiently(() => sweepOne(key, { ...given, log, codec, onNominated }, signal))
    const failed = streams.find(({ state }) => state === 'failed')
    if (failed !== undefined) throw new TypeError(`The sweep over ${failed.stream} failed: ${failed.reason}`)
  }
  const begun = new Set<string>()
  const underWay = new Set<Promise<void>>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  const look = (): void => {
    for (const run of runs) {
      const name = `${run.workspace} ${run.run}`
      if (begun.has(name) || !around.claim(run)) continue
      begun.add(name)
      const walking: Promise<void> = (run.kind === 'sweep' ? sweep(run) : backfill(run))
        .catch((error) => {
          if (!signal.aborted) failed.reject(error)
        })
        .finally(() => underWay.delete(walking))
      underWay.add(walking)
    }
  }
  look()
  return {
    failed: failed.promise,
    look,
    async stop() {
      stopping.abort(new Error('stopped'))
      await Promise.all(underWay)
    },
  }
}
