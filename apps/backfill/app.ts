/** Backfill as an app: works the queues of backfills and sweeps until it is stopped. Asking for a run is command.ts. */
import { AttioClient, AttioClock, Budgets, RATES, UNLIMITED } from '@attio-stream/attio'
import { type AppDefinition, Connections, keyring, openControl, watchConnections } from '@attio-stream/service'
import { liveGroups } from '@attio-stream/sink'
import { kafkaLog, openCodec, publisher } from '@attio-stream/stream'
import pg from 'pg'
import { Brake } from './brake.ts'
import { type Settings, settings } from './config.ts'
import { Jobs } from './jobs.ts'
import { lookAtAll } from './look.ts'
import { backfillMeters } from './metrics.ts'
import type { RunsOptions } from './runs.ts'
import { healedLine } from './summary.ts'
import type { RunKind } from './walks.ts'
import { walksIn } from './walks-in-postgres.ts'
import { watchBookIn } from './watch-in-postgres.ts'

const HOUR = 60 * 60 * 1000
/** Streams of sweeps walked at once by a process: nobody waits for them. */
const SWEEP_WORKERS = 2
/** What hydrate reads is in front of a sweep too. */
const HYDRATE = { group: 'hydrate', topic: 'attio.notices' } as const

export const app: AppDefinition<typeof settings> = {
  name: 'backfill',
  settings,
  async start(given, context) {
    const { logger } = context
    const meters = backfillMeters(context)
    const control = await openControl({ databaseUrl: given.DATABASE_URL })
    const connections = new Connections(control, keyring(given.ENCRYPTION_KEY, given.ENCRYPTION_KEYS_OLD))
    const live = await watchConnections(connections, logger)
    const pool = new pg.Pool({ connectionString: given.DATABASE_URL, max: 2, application_name: 'attio-stream budget' })
    pool.on('error', () => undefined)
    const rates = ratesOf(given)
    const budgets = rates.total === 0 ? null : await Budgets.inPostgres(pool, rates, { schema: 'control' })
    const codec = await openCodec({ registryUrl: given.SCHEMA_REGISTRY_URL })
    const log = kafkaLog({ brokers: given.KAFKA_BROKERS, prefix: given.CELL, clientId: 'backfill' })
    const groupOf = liveGroups(control, given.CELL)
    const clock = new AttioClock()
    const walks = walksIn(control)
    const stopping = new AbortController()
    const { signal } = stopping
    const brakeOf = (what: string, watched: Settings['BACKFILL_LAG_GROUPS'], maxLag: number): Brake =>
      new Brake({
        log: {
          ends: (topic) => log.ends(topic),
          committed: async (group, topic) => log.committed(await groupOf(group), topic),
        },
        watched,
        maxLag,
        onChange: (pausedBy, lag) => {
          if (pausedBy === null) logger.info(`${what} go on: everything behind has caught up.`)
          else logger.info({ lag }, `${what} pause: ${pausedBy} is too far behind.`)
        },
      })
    const brake = brakeOf('Walks', given.BACKFILL_LAG_GROUPS, given.BACKFILL_MAX_LAG)
    const clientOf = (workspace: string, share: RunKind): AttioClient | string => {
      const connection = live.byWorkspace(workspace)
      if (connection === undefined) return 'the workspace is not connected'
      if (connection.status !== 'active') return `the connection ${connection.statusReason}`
      const budget = budgets?.of(workspace) ?? UNLIMITED
      const { token } = connection
      return new AttioClient({ token, baseUrl: given.ATTIO_API_URL, clock, budget, share, observe: meters.observe })
    }
    const runs: Omit<RunsOptions, 'kind' | 'brake'> = {
      clientOf,
      refused: (workspace) => connections.markBroken(workspace, 'Attio refuses its token: connect the workspace again'),
      publisher: publisher(log, codec, { stage: 'backfill' }),
      walks,
      onPage: meters.onPage,
      onSkipped: ({ workspace, stream }, reason) => logger.warn({ workspace, stream }, `Skipped: ${reason}`),
      onBug: ({ workspace, stream }, error) => logger.error({ error, workspace, stream }, 'A walk failed by a bug.'),
    }
    const jobs = await Jobs.open({
      databaseUrl: given.DATABASE_URL,
      schedule: true,
      onError: (error) => logger.warn({ error }, 'The queue of runs has trouble; it goes on by itself.'),
    })
    await jobs.work({
      ...runs,
      brake,
      workers: given.BACKFILL_WORKERS,
      perWorkspace: given.BACKFILL_STREAMS_AT_ONCE,
      signal,
      onOutcome: ({ workspace, stream }, outcome) => logger.info({ workspace, stream }, `Walk is ${outcome.kind}.`),
    })
    await jobs.work({
      ...runs,
      kind: 'sweep',
      brake: brakeOf('Sweeps', [...given.BACKFILL_LAG_GROUPS, HYDRATE], given.SWEEP_MAX_LAG),
      workers: SWEEP_WORKERS,
      perWorkspace: 1,
      signal,
      log,
      codec,
      grace: 5_000,
      patience: 10 * 60_000,
      onNominated: meters.onNominated,
      onSummary: ({ workspace }, summary) => {
        meters.onSummary(summary)
        logger.info({ workspace, nominated: summary.nominated }, `A sweep is done. ${healedLine(summary)}`)
      },
    })
    await jobs.watch(given.SWEEP_WATCH_MINUTES, () =>
      lookAtAll({
        workspaces: () =>
          live.active().map(({ workspaceId, webhook }) => ({ workspace: workspaceId, webhook: webhook?.id ?? null })),
        clientOf: (workspace) => clientOf(workspace, 'sweep'),
        book: watchBookIn(control),
        walks,
        jobs,
        everyMs: given.SWEEP_EVERY_HOURS * HOUR,
        signal,
        onDue: (workspace, reason) => logger.info({ workspace }, `A sweep begins: ${reason}.`),
        onTrouble: (workspace, error) =>
          logger.warn({ workspace, error }, 'Whether a sweep is due could not be seen; the next look comes soon.'),
      }),
    )
    return {
      health: () => {
        if (brake.pausedBy !== null)
          return { state: 'amber', reason: `walks pause: ${brake.pausedBy} is too far behind` }
        return live.current()
          ? { state: 'green', reason: 'ready' }
          : { state: 'amber', reason: 'the control database does not answer' }
      },
      stop: async () => {
        stopping.abort(new DOMException('backfill stops', 'AbortError'))
        await jobs.stop()
        meters.stop()
        await live.close()
        await log.close()
        await pool.end()
        await control.close()
      },
      failed: new Promise(() => {}),
    }
  },
}

function ratesOf(given: Settings): typeof RATES {
  const { ATTIO_READS_PER_SECOND: total, BACKFILL_READS_PER_SECOND: backfill, SWEEP_READS_PER_SECOND: sweep } = given
  return { ...RATES, total, backfill, sweep }
}
