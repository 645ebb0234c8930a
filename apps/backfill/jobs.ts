/**
 * The queue of runs, on pg-boss in a Postgres schema of its own. A workspace's run is one job that fans out into one per
 * stream; a job whose process died is taken up again after its heartbeat stops. What a job does is runs.ts and
 * finish-sweep.ts; when a sweep is due is watch.ts.
 */
import { PgBoss } from 'pg-boss'
import { type FinishOptions, finishSweep } from './finish-sweep.ts'
import { fanOut, type JobOutcome, type RunsOptions, walkOne } from './runs.ts'
import { DIRECTORY, MISSING } from './stream.ts'
import { planSweep } from './sweep.ts'
import { isOver, type RunKind, type WalkKey, type Walks } from './walks.ts'

/** Names of the queues: of runs and of their streams. */
const QUEUES = {
  backfill: { runs: 'backfill', streams: 'backfill-stream' },
  sweep: { runs: 'sweep', streams: 'sweep-stream' },
} as const
const WATCH = 'sweep-watch'
const DAY = 24 * 60 * 60
const POLLING = {
  batchSize: 1,
  pollingIntervalSeconds: 2,
  notifyPollingIntervalSeconds: 2,
  heartbeatRefreshSeconds: 3,
} as const

interface RunJob {
  readonly workspace: string
  readonly run: string
}
interface StreamJob extends RunJob {
  readonly stream: string
}

export interface JobsOptions {
  readonly databaseUrl: string
  readonly schema?: string
  /** Whether this process may start what is scheduled. Default false. */
  readonly schedule?: boolean
  /** Trouble of the queue itself; it goes on. */
  readonly onError: (error: Error) => void
}

interface WorkOptions extends RunsOptions {
  readonly workers: number
  readonly perWorkspace: number
  /** Aborted when the process stops. */
  readonly signal: AbortSignal
  readonly onOutcome?: (job: WalkKey, outcome: JobOutcome) => void
}
export type BackfillWork = WorkOptions & { readonly kind?: 'backfill' }
export type SweepWork = WorkOptions & FinishOptions & { readonly kind: 'sweep' }

export class Jobs {
  readonly #boss: PgBoss
  #stopped = false

  private constructor(boss: PgBoss) {
    this.#boss = boss
  }

  static async open({ databaseUrl, schema = 'jobs', schedule = false, onError }: JobsOptions): Promise<Jobs> {
    const boss = new PgBoss({
      connectionString: databaseUrl,
      schema,
      application_name: 'attio-stream jobs',
      max: 4,
      schedule,
      useListenNotify: true,
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
    })
    boss.on('error', onError)
    await boss.start()
    const queue = {
      policy: 'exclusive',
      retryLimit: 1_000_000,
      retryDelay: 2,
      retryBackoff: true,
      retryDelayMax: 60,
      expireInSeconds: DAY - 1,
      heartbeatSeconds: 10,
      notify: true,
    } as const
    for (const { runs, streams } of Object.values(QUEUES))
      for (const name of [runs, streams]) await boss.createQueue(name, queue)
    // A look that failed is not repeated: the next comes soon anyway.
    await boss.createQueue(WATCH, { ...queue, retryLimit: 0 })
    return new Jobs(boss)
  }

  /** A run of the workspace: the one of this kind that is under way, else a new one. Asked for twice at once, it is one. */
  async enqueue(
    wanted: { readonly workspace: string; readonly kind: RunKind; readonly reason?: string },
    walks: Walks,
    now: Date,
  ): Promise<{ readonly run: string; readonly created: boolean }> {
    const { workspace, kind, reason = '' } = wanted
    const { run, created } = await walks.open({ workspace, kind, run: `${kind}-${now.toISOString()}`, reason })
    const directory = await walks.find({ workspace, run, stream: DIRECTORY })
    if (directory?.state === 'done') await this.#spread(kind, { workspace, run }, walks)
    else await this.#boss.send(QUEUES[kind].runs, { workspace, run }, { singletonKey: `${workspace}/${run}` })
    return { run, created }
  }

  async work(options: BackfillWork | SweepWork): Promise<void> {
    const { workers, perWorkspace, onOutcome, walks, signal, kind = 'backfill' } = options
    const queues = QUEUES[kind]
    const over = async (key: WalkKey, outcome: JobOutcome): Promise<void> => {
      if (kind === 'sweep' || key.stream === DIRECTORY) await this.#spread(kind, key, walks)
      await walks.end(key.workspace, key.run)
      onOutcome?.(key, outcome)
    }
    await this.#boss.work<RunJob>(queues.runs, POLLING, async ([job]) => {
      if (job === undefined) return
      const key = { ...job.data, stream: DIRECTORY }
      await over(key, await plan(key, options, AbortSignal.any([signal, job.signal])))
    })
    const polling = { ...POLLING, localConcurrency: workers, groupConcurrency: perWorkspace }
    await this.#boss.work<StreamJob>(queues.streams, polling, async ([job]) => {
      if (job === undefined) return
      const outcome = await walk(job.data, options, AbortSignal.any([signal, job.signal]))
      if (kind === 'backfill' && outcome.kind === 'skipped' && outcome.daily) await this.#tomorrow(job.data)
      await over(job.data, outcome)
    })
  }

  /** Has `look` called at once and then every so many minutes, by one of all processes. */
  async watch(everyMinutes: number, look: () => Promise<void>): Promise<void> {
    await this.#boss.work(WATCH, { ...POLLING, notifyPollingIntervalSeconds: 10 }, look)
    await this.#boss.schedule(WATCH, `*/${everyMinutes} * * * *`)
    await this.#boss.send(WATCH, {}, { singletonKey: WATCH })
  }

  /** Breaks jobs off; they go on from their last cursor when a process works again. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    await this.#boss.stop({ graceful: true, timeout: 10_000, close: true })
  }

  /** One job for each stream that is not at its end; those that have one already keep it. What is missing is the last. */
  async #spread(kind: RunKind, { workspace, run }: RunJob, walks: Walks): Promise<void> {
    const open = (await walks.ofRun(workspace, run)).filter((walk) => walk.stream !== DIRECTORY && !isOver(walk))
    const walked = open.filter(({ stream }) => stream !== MISSING)
    for (const { stream } of walked.length > 0 ? walked : open) {
      const data: StreamJob = { workspace, run, stream }
      const singletonKey = `${workspace}/${run}/${stream}`
      await this.#boss.send(QUEUES[kind].streams, data, { singletonKey, group: { id: workspace } })
    }
  }

  /** A disabled object may be enabled any day. */
  async #tomorrow(data: StreamJob): Promise<void> {
    const singletonKey = `${data.workspace}/${data.stream}/daily`
    const when = { singletonKey, group: { id: data.workspace }, startAfter: DAY }
    await this.#boss.send(QUEUES.backfill.streams, data, when)
  }
}

async function plan(key: WalkKey, options: BackfillWork | SweepWork, signal: AbortSignal): Promise<JobOutcome> {
  return options.kind === 'sweep' ? planSweep(key, options, signal) : (await fanOut(key, options, signal)).outcome
}

function walk(key: WalkKey, options: BackfillWork | SweepWork, signal: AbortSignal): Promise<JobOutcome> {
  const last = options.kind === 'sweep' && key.stream === MISSING
  return last ? finishSweep(key, options, signal) : walkOne(key, options, signal)
}
