/** What every sink app does to start: the log, the codec and the loop, from settings. Its store is all it brings itself. */

import { toDocument } from '@attio-stream/documents'
import type { AppContext, RunningApp } from '@attio-stream/service'
import { kafkaLog, openCodec } from '@attio-stream/stream'
import type { BatchLimits } from './batch.ts'
import { runSink } from './run.ts'
import type { Sink } from './sink.ts'

export interface SinkStart {
  readonly sink: Sink
  readonly limits: Partial<BatchLimits>
  readonly settings: {
    readonly KAFKA_BROKERS: readonly string[]
    readonly SCHEMA_REGISTRY_URL: string
    readonly CELL: string
    readonly STATE_DIRECTORY: string
  }
  readonly context: AppContext
}

export function startSink({ sink, limits, settings, context }: SinkStart): RunningApp {
  const { logger, metrics } = context
  const log = kafkaLog({
    brokers: settings.KAFKA_BROKERS,
    prefix: settings.CELL,
    clientId: `sink-${sink.name}`,
    directory: settings.STATE_DIRECTORY,
    onLog: ({ level, message, fields }) => logger[level](fields, message),
  })
  const codec = () => openCodec({ registryUrl: settings.SCHEMA_REGISTRY_URL })
  const running = runSink({ sink, log, codec, format: toDocument, logger, metrics, limits })
  return {
    failed: running.failed,
    health: () => running.health(),
    async stop() {
      await running.stop()
      await log.close()
    },
  }
}
