/**
 * What a sink app with generations does to start: the log, the codec, the registry and the loop that follows the live one,
 * from settings. Its store is all it brings itself.
 */
import { join } from 'node:path'
import { FORMAT_VERSION, toDocument } from '@attio-stream/documents'
import { type AppContext, type Control, openControl, type RunningApp } from '@attio-stream/service'
import { type Codec, kafkaLog, type Log, openCodec } from '@attio-stream/stream'
import { Registry } from 'prom-client'
import type { BatchLimits } from '../batch.ts'
import type { SinkStart } from '../start.ts'
import { followLive } from './follow.ts'
import type { GenerationKey } from './generation.ts'
import { PostgresGenerations } from './postgres-generations.ts'
import { rebuild } from './rebuild.ts'
import type { Generations } from './registry.ts'
import { type GenerationSettings, paceOf } from './settings.ts'
import type { Store } from './store.ts'

export type StoreStartSettings = SinkStart['settings'] & GenerationSettings

/** What tests bring in place of servers. */
export interface Connected {
  readonly log: Log
  readonly codec: () => Promise<Codec>
  readonly generations: () => Promise<Generations>
}

export interface StoreStart {
  readonly store: Store
  readonly limits: Partial<BatchLimits>
  readonly settings: StoreStartSettings
  readonly context: AppContext
  readonly connected?: Connected
}

/** What the running code makes in this store. */
export const keyOf = ({ schema, model }: Pick<Store, 'schema' | 'model'>): GenerationKey => ({
  format: String(FORMAT_VERSION),
  schema,
  model,
})

const HOUR = 3_600_000

export function startStore({ store, limits, settings, context, connected }: StoreStart): RunningApp {
  const { logger, metrics } = context
  const { log, codec, generations, close } =
    connected === undefined ? connect(settings, store, context) : given(connected)
  const key = keyOf(store)
  const automatically = async (all: Generations, signal: AbortSignal) => {
    const connection = connect(settings, store, context, 'rebuild')
    try {
      const building = { documents: settings.SINK_REBUILD_BATCH_DOCUMENTS }
      const pace = paceOf(settings)
      const own = { store, generations: all, log: connection.log, codec: await codec(), key, logger, pace, signal }
      const directory = settings.STATE_DIRECTORY
      const done = await rebuild({ ...own, format: toDocument, metrics: new Registry(), limits: building, directory })
      logger.info(`Generation ${done.number} of ${store.name} is live.`)
    } finally {
      await connection.close()
    }
  }
  const running = followLive({
    store,
    log,
    codec,
    generations,
    key,
    format: toDocument,
    logger,
    metrics,
    limits,
    keepMs: settings.SINK_RETIRED_HOURS * HOUR,
    ...(settings.SINK_REBUILD_AUTOMATICALLY ? { rebuild: automatically } : {}),
  })
  return {
    failed: running.failed,
    health: () => running.health(),
    async stop() {
      await running.stop()
      await close()
    },
  }
}

interface Connection extends Connected {
  close(): Promise<void>
}
const given = (connected: Connected): Connection => ({ ...connected, close: () => connected.log.close() })

/** `purpose`: a group may have a sink and a builder of it on one disk; each remembers its member id in a folder of its own. */
export function connect(
  settings: SinkStart['settings'] & { readonly DATABASE_URL: string },
  store: Pick<Store, 'name'>,
  { logger }: Pick<AppContext, 'logger'>,
  purpose: 'sink' | 'rebuild' = 'sink',
): Connection {
  const { CELL: cell, STATE_DIRECTORY: directory } = settings
  const log = kafkaLog({
    brokers: settings.KAFKA_BROKERS,
    prefix: cell,
    clientId: `${purpose}-${store.name}`,
    directory: purpose === 'sink' ? directory : join(directory, purpose),
    onLog: ({ level, message, fields }) => logger[level](fields, message),
  })
  let control: Promise<Control> | undefined
  return {
    log,
    codec: () => openCodec({ registryUrl: settings.SCHEMA_REGISTRY_URL }),
    generations: async () => {
      control ??= openControl({ databaseUrl: settings.DATABASE_URL, poolSize: 2 })
      try {
        return new PostgresGenerations(await control, { sink: store.name, cell })
      } catch (error) {
        control = undefined
        throw error
      }
    },
    close: async () => {
      await log.close()
      await (await control?.catch(() => undefined))?.close()
    },
  }
}
