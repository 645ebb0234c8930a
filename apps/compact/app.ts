/**
 * The app: compact on the log that its settings name. Waits for brokers and registry that are away; how exactly-once and
 * restore work is libs/stream's.
 */
import { join } from 'node:path'
import type { AppContext, AppDefinition, RunningApp } from '@attio-stream/service'
import { kafkaLog, openCodec, retry, runStage } from '@attio-stream/stream'
import type { z } from 'zod'
import { settings } from './config.ts'
import { compactMetrics, stageMetrics } from './metrics.ts'
import { compactStage } from './stage.ts'

const DAY = 24 * 60 * 60 * 1000

export const app: AppDefinition<typeof settings> = { name: 'compact', settings, start }

async function start(given: z.infer<typeof settings>, { logger, metrics, signal }: AppContext): Promise<RunningApp> {
  const log = kafkaLog({
    brokers: given.KAFKA_BROKERS,
    clientId: 'compact',
    prefix: given.CELL,
    directory: join(given.STATE_DIRECTORY, 'members', 'compact'),
    onLog: ({ level, message }) => logger[level](message),
  })
  try {
    const codec = await retry(() => openCodec({ registryUrl: given.SCHEMA_REGISTRY_URL }), {
      signal,
      onRetry: (error) => logger.warn({ error }, 'The schema registry does not answer yet, or lacks a schema.'),
    })
    const stage = compactStage({
      lateReadMs: given.ATTIO_LATE_READ_MS,
      retentionMs: given.DELETED_RETENTION_DAYS * DAY,
      ...compactMetrics(metrics),
    })
    const running = runStage(stage, {
      log,
      codec,
      directory: given.STATE_DIRECTORY,
      hooks: stageMetrics(metrics, (partition, error) => logger.warn({ partition, error }, 'A partition tries again.')),
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
