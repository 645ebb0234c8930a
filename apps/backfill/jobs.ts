/**
 * The queue of runs, on pg-boss in a Postgres schema of its own. A workspace's run is one job that fans out into one per
 * stream; a job whose process died is taken up again after its heartbeat stops. What a job does is runs.ts.
 */
import { PgBoss } from 'pg-boss'
import { fanOut, type JobOutcome, type RunsOptions, walkOne } from './runs.ts'
import { DIRECTORY } from './stream.ts'
import type { Walks } from './walks.ts'

const RUNS = 'backfill'
const STREAMS = 'backfill-stream'
const DAY = 24 * 60 * 60

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
  /** Trouble of the queue itself; it goes on. */
  readonly onError: (error: Error) => void
}

export interface WorkOptions extends RunsOptions {
  readonly workers: number
  readonly perWorkspace: number
  /** Aborted when the process stops. */
  readonly signal: AbortSignal
  readonly onOutcome?: (job: { readonly workspace: string; readonly stream: string }, outcome: JobOutcome) => void
}

export class Jobs {
  readonly #boss: PgBoss
  #stopped = false

  private constructor(boss: PgBoss) {
    this.#boss = boss
  }

  static async open({ databaseUrl, schema = 'jobs', onError }: JobsOptions): Promise<Jobs> {
    const boss = new PgBoss({
      connectionString: databaseUrl,
      schema,
      application_name: 'attio-stream jobs',
      max: 4,
      schedule: false,
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
    for (const name of [RUNS, STREAMS]) await boss.createQueue(name, queue)
    return new Jobs(boss)
  }

  /** A run of the workspace: the one that is under way, else a new one. Returns its name. */
  async enqueue(
    workspace: string,
    walks: Walks,
    now: Date,
  ): Promise<{ readonly run: string; readonly created: boolean }> {
    const underway = await walks.unfinished(workspace)
    const run = underway ?? now.toISOString()
    if (underway === undefined) await walks.begin(workspace, run)
    const directory = await walks.find({ workspace, run, stream: DIRECTORY })
    if (directory?.state === 'done') await this.#spread({ workspace, run }, walks)
    else await this.#boss.send(RUNS, { workspace, run } satisfies RunJob, { singletonKey: `${workspace}/${run}` })
    return { run, created: underway === undefined }
  }

  async work(options: WorkOptions): Promise<void> {
    const { workers, perWorkspace, onOutcome, walks, signal } = options
    await this.#boss.work<RunJob>(
      RUNS,
      { batchSize: 1, pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 2, heartbeatRefreshSeconds: 3 },
      async ([job]) => {
        if (job === undefined) return
        const { outcome } = await fanOut(
          { ...job.data, stream: DIRECTORY },
          options,
          AbortSignal.any([signal, job.signal]),
        )
        await this.#spread(job.data, walks)
        onOutcome?.({ ...job.data, stream: DIRECTORY }, outcome)
      },
    )
    const polling = {
      batchSize: 1,
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 2,
      heartbeatRefreshSeconds: 3,
    }
    await this.#boss.work<StreamJob>(
      STREAMS,
      { ...polling, localConcurrency: workers, groupConcurrency: perWorkspace },
      async ([job]) => {
        if (job === undefined) return
        const outcome = await walkOne(job.data, options, AbortSignal.any([signal, job.signal]))
        if (outcome.kind === 'skipped' && outcome.daily) await this.#tomorrow(job.data)
        onOutcome?.(job.data, outcome)
      },
    )
  }

  /** Breaks jobs off; they go on from their last cursor when a process works again. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    await this.#boss.stop({ graceful: true, timeout: 10_000, close: true })
  }

  /** One job for each stream that is not at its end; those that have one already keep it. */
  async #spread({ workspace, run }: RunJob, walks: Walks): Promise<void> {
    for (const walk of await walks.ofRun(workspace, run)) {
      if (walk.stream === DIRECTORY || walk.state === 'done' || walk.state === 'skipped' || walk.state === 'failed')
        continue
      const data: StreamJob = { workspace, run, stream: walk.stream }
      await this.#boss.send(STREAMS, data, {
        singletonKey: `${workspace}/${run}/${walk.stream}`,
        group: { id: workspace },
      })
    }
  }

  /** A disabled object may be enabled any day. */
  async #tomorrow(data: StreamJob): Promise<void> {
    const singletonKey = `${data.workspace}/${data.stream}/daily`
    await this.#boss.send(STREAMS, data, { singletonKey, group: { id: data.workspace }, startAfter: DAY })
  }
}
