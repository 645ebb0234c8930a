/**
 * Runs any set of apps in one process: reads all settings before anything connects, starts the apps together, serves their
 * health, and stops them in the order given. It owns no signal and ends no process: that is main.ts's, so tests and the
 * demo can host apps too.
 */
import type { Logger } from 'pino'
import type { AppDefinition, Health, RunningApp } from './app.ts'
import { type Environment, readSettings } from './config.ts'
import { type HealthServer, serveHealth } from './health.ts'
import { createLogger } from './logger.ts'
import { appRegistry, metricsPage, processRegistry } from './metrics.ts'
import { processSettingsSchema } from './settings.ts'

/** How long one app may take to stop before the next begins to stop beside it, ms. */
const PATIENCE = 3000

export interface StartOptions {
  readonly environment: Environment
  /** Default: a logger on standard output at LOG_LEVEL. */
  readonly logger?: Logger
  /** Ends a start that is under way. After the start use `stop`. */
  readonly signal?: AbortSignal
}

export interface RunningApps {
  readonly logger: Logger
  /** Port of the health page, undefined when it is off. */
  readonly healthPort: number | undefined
  health(): Readonly<Record<string, Health>>
  /** The metrics of all apps and of the process, in Prometheus' text format. */
  metrics(): Promise<string>
  /** Stops all apps, in order. Resolves when nothing of them runs; rejects with what went wrong while stopping. */
  stop(): Promise<void>
  /** Rejects with the first failure of an app; the others still run then. */
  readonly failed: Promise<never>
}

/**
 * @throws SettingsError before anything has started; otherwise what the app that could not start threw, after the others
 * were stopped.
 */
export async function startApps(apps: readonly AppDefinition[], options: StartOptions): Promise<RunningApps> {
  const ownUser = { name: 'process', settings: processSettingsSchema }
  const [own, ...settings] = readSettings([ownUser, ...apps], options.environment) as [
    ReturnType<typeof processSettingsSchema.parse>,
    ...Record<string, unknown>[],
  ]
  const logger = options.logger ?? createLogger({ level: own.LOG_LEVEL })
  const hosted = apps.map((app, index) => new HostedApp(app, settings[index] ?? {}, logger))
  const registries = [processRegistry(), ...hosted.map((app) => app.metrics)]
  const health = () => Object.fromEntries(hosted.map((app) => [app.name, app.health()]))
  const metrics = () => metricsPage(registries)

  const page: HealthServer | undefined =
    own.HEALTH_PORT === 0
      ? undefined
      : await serveHealth({ states: health, metrics }, { port: own.HEALTH_PORT, host: own.HEALTH_HOST })
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= stopInOrder(hosted, logger).finally(() => page?.close())
    return stopping
  }

  const abort = () => {
    for (const app of hosted) app.abort()
  }
  options.signal?.addEventListener('abort', abort, { once: true })
  if (options.signal?.aborted) abort()
  const refusals: unknown[] = []
  const start = (app: HostedApp) =>
    app.start().catch((error: unknown) => {
      refusals.push(error)
      abort()
    })
  await Promise.all(hosted.map(start))
  options.signal?.removeEventListener('abort', abort)
  if (refusals.length > 0) {
    await stop().catch((error: unknown) => logger.error({ error }, 'An app failed while it was being stopped.'))
    throw refusals[0]
  }
  const failed = Promise.race(hosted.map((app) => app.failed))
  failed.catch(() => undefined)
  return { logger, healthPort: page?.port, health, metrics, stop, failed }
}

/** An app and where it is in its life. */
class HostedApp {
  readonly name: string
  readonly metrics: ReturnType<typeof appRegistry>
  readonly failed: Promise<never>
  readonly #definition: AppDefinition
  readonly #settings: Record<string, unknown>
  readonly #logger: Logger
  readonly #shutdown = new AbortController()
  readonly #fail: (error: unknown) => void
  #running: RunningApp | undefined
  #health: Health = { state: 'starting', reason: 'is starting' }

  constructor(definition: AppDefinition, settings: Record<string, unknown>, logger: Logger) {
    this.name = definition.name
    this.metrics = appRegistry(definition.name)
    this.#definition = definition
    this.#settings = settings
    this.#logger = logger.child({ app: definition.name })
    const failure = Promise.withResolvers<never>()
    this.failed = failure.promise
    this.#fail = failure.reject
    this.failed.catch(() => undefined)
  }

  async start(): Promise<void> {
    const context = { logger: this.#logger, metrics: this.metrics, signal: this.#shutdown.signal }
    try {
      this.#running = await this.#definition.start(this.#settings, context)
      this.#running.failed.catch((error: unknown) => this.#failedWith(error))
      this.#logger.info('Started.')
    } catch (error) {
      this.#health = { state: 'red', reason: 'could not start' }
      if (this.#shutdown.signal.aborted) this.#logger.info('Stopped while starting.')
      else this.#logger.error({ error }, 'Could not start.')
      throw error
    }
  }

  abort(): void {
    this.#shutdown.abort()
  }

  async stop(): Promise<void> {
    this.abort()
    if (this.#running === undefined) return
    const began = performance.now()
    await this.#running.stop()
    this.#logger.info({ ms: Math.round(performance.now() - began) }, 'Stopped.')
  }

  health(): Health {
    return this.#health.state === 'starting' && this.#running !== undefined ? this.#running.health() : this.#health
  }

  #failedWith(error: unknown): void {
    this.#health = { state: 'red', reason: 'failed for good' }
    if (!this.#shutdown.signal.aborted) this.#logger.fatal({ error }, 'Failed for good.')
    this.#fail(error)
  }
}

/** In the order given, so that what feeds the others stops first; a slow one does not use up everybody's deadline. */
async function stopInOrder(apps: readonly HostedApp[], logger: Logger): Promise<void> {
  const stops: Promise<unknown>[] = []
  for (const app of apps) {
    const stop = app.stop()
    stops.push(stop)
    if (!(await settlesWithin(stop, PATIENCE)))
      logger.warn({ app: app.name }, `Takes longer than ${PATIENCE / 1000} s to stop; going on with the others.`)
  }
  const errors = (await Promise.allSettled(stops)).flatMap((stop) => (stop.status === 'rejected' ? [stop.reason] : []))
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, 'Several apps failed while they were being stopped.')
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, ms, false)
  const settled = promise.then(
    () => true,
    () => true,
  )
  return Promise.race([settled, late]).finally(() => clearTimeout(timer))
}
