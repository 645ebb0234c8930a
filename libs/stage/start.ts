/**
 * What every stage app does to start: the log, the codec and the loop, from settings. Waits for brokers and registry that
 * are away. The stage is all an app brings itself; exactly-once, tables and restore are libs/stream's.
 */
import { join } from 'node:path'
import type { AppContext, RunningApp } from '@attio-stream/service'
import { kafkaLog, openCodec, retry, runStage, type Stage, type TableSpec } from '@attio-stream/stream'
import { stageMetrics } from './metrics.ts'

export interface StageSettings {
  readonly KAFKA_BROKERS: readonly string[]
  readonly SCHEMA_REGISTRY_URL: string
  readonly CELL: string
  readonly STATE_DIRECTORY: string
}

export interface StageStart<Tables extends Readonly<Record<string, TableSpec>>> {
  readonly stage: Stage<Tables>
  /** Of the code whose results depend on nothing but its inputs: another one has everything looked at again. */
  readonly version?: string
  readonly settings: StageSettings
  readonly context: AppContext
}

export async function startStage<Tables extends Readonly<Record<string, TableSpec>>>({
  stage,
  version,
  settings,
  context: { logger, metrics, signal },
}: StageStart<Tables>): Promise<RunningApp> {
  const directory = join(settings.STATE_DIRECTORY, settings.CELL)
  const log = kafkaLog({
    brokers: settings.KAFKA_BROKERS,
    clientId: stage.name,
    prefix: settings.CELL,
    directory: join(directory, 'members', stage.name),
    onLog: ({ level, message, fields }) => logger[level](fields, message),
  })
  try {
    const codec = await retry(() => openCodec({ registryUrl: settings.SCHEMA_REGISTRY_URL }), {
      signal,
      onRetry: (error) => logger.warn({ error }, 'The schema registry does not answer yet, or lacks a schema.'),
    })
    const running = runStage(stage, {
      log,
      codec,
      directory,
      ...(version === undefined ? {} : { version }),
      hooks: stageMetrics(stage.name, metrics, {
        halted: (reason) => logger.error(reason),
        trouble: (partition, error) => logger.warn({ partition, error }, 'A partition tries again.'),
        replay: (partition, { id, looked, differed, unreadable, done }) =>
          logger.info(
            { partition, replay: id, looked, differed, unreadable },
            done ? 'A replay of a partition is done.' : 'A partition is taken once more.',
          ),
        restored: (partition, ms, messages) =>
          logger.info({ partition, ms: Math.round(ms), messages }, 'A partition was taken over.'),
        filled: (partition, ms, messages) =>
          logger.info(
            { partition, ms: Math.round(ms), messages },
            'Tables of a partition that were lost are complete again; now everything of it is looked at.',
          ),
      }),
    })
    return {
      health: () => running.health(),
      failed: running.failed,
      async stop() {
        await running.stop()
        await log.close()
      },
    }
  } catch (error) {
    await log.close()
    throw error
  }
}
