/**
 * What every main.ts calls: the process around apps and commands. Reads `.env` and the environment, turns SIGTERM and
 * SIGINT into a clean stop with a deadline, and ends with the right exit code. The only file of this package that
 * reads process.env or ends the process.
 */
import type { Logger } from 'pino'
import type { z } from 'zod'
import type { AppDefinition } from './app.ts'
import { readSettings, SettingsError } from './config.ts'
import { createLogger } from './logger.ts'
import { redact, redactText } from './redact.ts'
import { startApps } from './run.ts'
import { processSettingsSchema } from './settings.ts'

/** After this a stop is given up, ms. Kubernetes and Docker Compose kill after 30 s and 10 s. */
const DEADLINE = 25_000

export interface RunOptions {
  /** How long a stop may take, ms. */
  readonly deadline?: number
}

/**
 * Runs the apps until a signal or a failure and ends the process: 0 after a clean stop, 1 when an app could not start,
 * failed, or did not stop before the deadline, 130 at once on a second signal.
 */
export async function runApps(
  apps: readonly AppDefinition[],
  { deadline = DEADLINE }: RunOptions = {},
): Promise<never> {
  loadEnvironmentFile()
  const logger = firstLogger()
  const shutdown = signals(logger)
  crashOnUnhandled(logger)
  shutdown.addEventListener('abort', () => exitAfter(deadline, logger), { once: true })
  try {
    const running = await startApps(apps, { environment: process.env, logger, signal: shutdown })
    if (running.healthPort !== undefined) logger.info({ port: running.healthPort }, 'Health page is up.')
    const code = await Promise.race([aborted(shutdown).then(() => 0), running.failed.catch(() => 1)])
    if (code !== 0) exitAfter(deadline, logger)
    await running.stop()
    logger.info('All stopped.')
    return process.exit(code)
  } catch (error) {
    if (error instanceof SettingsError) process.stderr.write(`${error.message}\n`)
    else if (shutdown.aborted && isAbort(error)) return process.exit(0)
    else logger.fatal({ error }, 'The process ends.')
    return process.exit(1)
  }
}

export interface CommandContext {
  /** What stood on the command line after the file's name. */
  readonly arguments: readonly string[]
  readonly logger: Logger
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/** Something that is run once, answers on standard output, and ends. */
export interface CommandDefinition<Settings extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly settings: Settings
  /** Resolves to the exit code. What it throws is printed as one sentence, and the code is 1. */
  run(settings: z.infer<Settings>, context: CommandContext): Promise<number>
}

/** Runs the command and ends the process with its code. */
export async function runCommand<Settings extends z.ZodObject>(command: CommandDefinition<Settings>): Promise<never> {
  loadEnvironmentFile()
  const logger = firstLogger()
  const signal = signals(logger)
  crashOnUnhandled(logger)
  try {
    const [settings] = readSettings([command], process.env)
    const print = (line: string) => void process.stdout.write(`${line}\n`)
    return process.exit(await command.run(settings, { arguments: process.argv.slice(2), logger, signal, print }))
  } catch (error) {
    process.stderr.write(`${redactText(error instanceof Error ? error.message : String(error))}\n`)
    logger.debug({ error: redact(error) }, `${command.name} failed`)
    return process.exit(1)
  }
}

/** What the environment already has wins over `.env`, and both over what `make up` says of the servers it has started. */
function loadEnvironmentFile(): void {
  for (const file of ['.env', '.data/up.env']) {
    try {
      process.loadEnvFile(file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** A wrong LOG_LEVEL is reported with the other settings; until then lines are written at the default one. */
function firstLogger(): Logger {
  const { data } = processSettingsSchema.pick({ LOG_LEVEL: true }).safeParse({ LOG_LEVEL: process.env.LOG_LEVEL })
  return createLogger({ level: data?.LOG_LEVEL ?? 'info' })
}

function signals(logger: Logger): AbortSignal {
  const shutdown = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (shutdown.signal.aborted) process.exit(130)
    logger.info({ signal: name }, 'Stopping; once more to stop at once.')
    shutdown.abort(new DOMException(`Stopped by ${name}.`, 'AbortError'))
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return shutdown.signal
}

/** Nobody knows what state the process is in after one of these: what is on disk and in topics is enough to start again. */
function crashOnUnhandled(logger: Logger): void {
  const crash = (error: unknown) => {
    logger.fatal({ error }, 'An error was not handled: this is a bug. The process ends at once.')
    process.exit(1)
  }
  process.on('unhandledRejection', crash)
  process.on('uncaughtException', crash)
}

function exitAfter(deadline: number, logger: Logger): void {
  setTimeout(() => {
    logger.fatal(`Not everything stopped within ${deadline / 1000} s; ending without it.`)
    process.exit(1)
  }, deadline).unref()
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
