/** Backfill as an app: works the queue of runs until it is stopped. Asking for a run is command.ts. */
import { AttioClient, AttioClock, Budgets, RATES, UNLIMITED } from '@attio-stream/attio'
import { type AppDefinition, Connections, keyring, openControl, watchConnections } from '@attio-stream/service'
import { kafkaLog, openCodec, publisher } from '@attio-stream/stream'
import pg from 'pg'
import { Brake } from './brake.ts'
import { settings } from './config.ts'
import { Jobs } from './jobs.ts'
import { backfillMeters } from './metrics.ts'
import { walksIn } from './walks-in-postgres.ts'

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
    const rates = { ...RATES, total: given.ATTIO_READS_PER_SECOND, backfill: given.BACKFILL_READS_PER_SECOND }
    const budgets = rates.total === 0 ? null : await Budgets.inPostgres(pool, rates, { schema: 'control' })
    const codec = await openCodec({ registryUrl: given.SCHEMA_REGISTRY_URL })
    const log = kafkaLog({ brokers: given.KAFKA_BROKERS, prefix: given.CELL, clientId: 'backfill' })
    const clock = new AttioClock()
    const brake = new Brake({
      log,
      watched: given.BACKFILL_LAG_GROUPS,
      maxLag: given.BACKFILL_MAX_LAG,
      onChange: (pausedBy, lag) => {
        if (pausedBy === null) logger.info('Walks go on: everything behind has caught up.')
        else logger.info({ lag }, `Walks pause: ${pausedBy} is too far behind.`)
      },
    })
    const stopping = new AbortController()
    const jobs = await Jobs.open({
      databaseUrl: given.DATABASE_URL,
      onError: (error) => logger.warn({ error }, 'The queue of runs has trouble; it goes on by itself.'),
    })
    await jobs.work({
      clientOf: (workspace) => {
        const connection = live.byWorkspace(workspace)
        if (connection === undefined) return 'the workspace is not connected'
        if (connection.status !== 'active') return `the connection ${connection.statusReason}`
        const budget = budgets?.of(workspace) ?? UNLIMITED
        return new AttioClient({
          token: connection.token,
          baseUrl: given.ATTIO_API_URL,
          clock,
          budget,
          share: 'backfill',
          observe: meters.observe,
        })
      },
      refused: (workspace) => connections.markBroken(workspace, 'Attio refuses its token: connect the workspace again'),
      publisher: publisher(log, codec),
      walks: walksIn(control),
      brake,
      workers: given.BACKFILL_WORKERS,
      perWorkspace: given.BACKFILL_STREAMS_AT_ONCE,
      signal: stopping.signal,
      onPage: meters.onPage,
      onSkipped: ({ workspace, stream }, reason) => logger.warn({ workspace, stream }, `Skipped: ${reason}`),
      onBug: ({ workspace, stream }, error) => logger.error({ error, workspace, stream }, 'A walk failed by a bug.'),
      onOutcome: ({ workspace, stream }, outcome) => logger.info({ workspace, stream }, `Walk is ${outcome.kind}.`),
    })
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
