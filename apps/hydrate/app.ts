/** Hydrate as an app: connects everything, joins the group, and stops in the order that loses nothing. */
import { join } from 'node:path'
import { AttioClock, Budgets, RATES } from '@attio-stream/attio'
import { type AppDefinition, Connections, keyring, openControl, watchConnections } from '@attio-stream/service'
import { kafkaLog, openCodec, publisher } from '@attio-stream/stream'
import pg from 'pg'
import { settings } from './config.ts'
import { Hydrator } from './hydrator.ts'
import { Intake } from './intake.ts'
import { hydrateMeters } from './metrics.ts'
import { parkingIn } from './parking.ts'
import { releaser } from './release.ts'
import { workspaces } from './workspaces.ts'

/** Fences of two processes with wrong clocks agree to a second: Attio's Date header has no more. */
const FENCE_SLACK_MS = 1_000

export const app: AppDefinition<typeof settings> = {
  name: 'hydrate',
  settings,
  async start(given, context) {
    const { logger } = context
    let hydrator: Hydrator | undefined
    let intake: Intake | undefined
    const standsStill = () => hydrator?.standsStill ?? intake?.standsStill
    const meters = hydrateMeters(
      context,
      () => hydrator?.agenda,
      () => standsStill() !== undefined,
    )
    const control = await openControl({ databaseUrl: given.DATABASE_URL })
    const connections = new Connections(control, keyring(given.ENCRYPTION_KEY, given.ENCRYPTION_KEYS_OLD))
    const live = await watchConnections(connections, logger)
    const pool = new pg.Pool({ connectionString: given.DATABASE_URL, max: 2, application_name: 'attio-stream budget' })
    pool.on('error', () => undefined)
    const rates = { ...RATES, total: given.ATTIO_READS_PER_SECOND, sweep: given.SWEEP_READS_PER_SECOND }
    const budgets = rates.total === 0 ? null : await Budgets.inPostgres(pool, rates, { schema: 'control' })
    const codec = await openCodec({ registryUrl: given.SCHEMA_REGISTRY_URL })
    const log = kafkaLog({
      brokers: given.KAFKA_BROKERS,
      prefix: given.CELL,
      clientId: 'hydrate',
      directory: join(given.STATE_DIRECTORY, given.CELL, 'members', 'hydrate'),
    })
    const out = publisher(log, codec, { stage: 'hydrate' })
    const parking = parkingIn(control)
    const taking = new Intake({
      log,
      codec,
      publisher: out,
      maxPending: given.HYDRATE_MAX_PENDING,
      onBuried: (reason, fault) => {
        meters.buried(fault, 1)
        logger.warn(`A notice was buried: ${reason}`)
      },
      onCommitFailed: (error) => logger.warn({ error }, 'Offsets could not be committed; they go with the next ones.'),
    })
    intake = taking
    hydrator = new Hydrator({
      publisher: out,
      codec,
      workspaces: workspaces({
        live,
        markBroken: (workspace, reason) => connections.markBroken(workspace, reason),
        baseUrl: given.ATTIO_API_URL,
        clock: new AttioClock(),
        budgets,
        observe: meters.observe,
      }),
      parking,
      agenda: { trailing: given.ATTIO_LATE_READ_MS + FENCE_SLACK_MS, apart: given.HYDRATE_CLOCK_SLACK_MS },
      readsAtOnce: given.HYDRATE_READS_AT_ONCE,
      readsPerWorkspace: given.HYDRATE_READS_AT_ONCE_PER_WORKSPACE,
      settled: (places) => taking.settled(places),
      onEvent: meters.onEvent,
    })
    const release = releaser({
      parking,
      publisher: out,
      isActive: (workspace) => live.byWorkspace(workspace)?.status === 'active',
      onReleased: (workspace, notices) => logger.info({ workspace, notices }, 'Parked notices go on.'),
      onTrouble: (error) => logger.warn({ error }, 'Parked notices could not be released; trying again in a minute.'),
    })
    const unwatch = live.onChange(release.look)
    const running = hydrator
    const member = await taking.join(running)
    return {
      health: () => {
        const halted = standsStill()
        if (halted !== undefined)
          return { state: 'red', reason: `Most notices can never be answered, so hydrate stands still: ${halted}` }
        const { notices } = running.agenda
        if (notices >= given.HYDRATE_MAX_PENDING)
          return { state: 'amber', reason: `${notices} notices wait to be read; partitions are paused` }
        if (!live.current()) return { state: 'amber', reason: 'the control database does not answer' }
        return { state: 'green', reason: `${notices} notices in hand` }
      },
      stop: async () => {
        unwatch()
        await release.stop()
        await running.stop()
        await taking.leave()
        await live.close()
        await log.close()
        await pool.end()
        await control.close()
      },
      failed: Promise.race([member.failed, running.failed]),
    }
  },
}
