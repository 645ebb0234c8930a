/** The webhook receiver as an app: connects, listens, and stops in the order that loses nothing. */
import { type AppDefinition, Connections, keyring, openControl, watchConnections } from '@attio-stream/service'
import { kafkaLog, openCodec, publisher } from '@attio-stream/stream'
import { Coalescer } from './coalescer.ts'
import { settings } from './config.ts'
import { webhookMetrics } from './metrics.ts'
import { receiver } from './receiver.ts'
import { Senders } from './senders.ts'
import { serveWebhooks } from './server.ts'

/** How long a 503 keeps the health amber, ms. */
const TROUBLED_FOR = 30_000

export const app: AppDefinition<typeof settings> = {
  name: 'webhook',
  settings,
  async start(given, { logger, metrics }) {
    const meters = webhookMetrics(metrics)
    const control = await openControl({ databaseUrl: given.DATABASE_URL })
    const connections = new Connections(control, keyring(given.ENCRYPTION_KEY, given.ENCRYPTION_KEYS_OLD))
    const live = await watchConnections(connections, logger)
    const codec = await openCodec({ registryUrl: given.SCHEMA_REGISTRY_URL })
    const log = kafkaLog({ brokers: given.KAFKA_BROKERS, prefix: given.CELL, clientId: 'webhook' })
    const coalescer = new Coalescer(publisher(log, codec), {
      lingerMs: given.WEBHOOK_LINGER_MS,
      timeoutMs: given.WEBHOOK_TIMEOUT_MS,
      onBatch: (messages) => meters.batch.observe(messages),
    })
    const senders = new Senders({ cached: live.byKey, lookUp: (key) => connections.byKey(key) })
    let troubled = Number.NEGATIVE_INFINITY
    const receive = receiver(senders, coalescer, {
      accepted: (types, unknown) => {
        for (const type of types) meters.events.inc({ type })
        if (unknown.length > 0) meters.unknown.inc(unknown.length)
      },
      buried: (fault) => meters.letters.buried('webhook', fault),
      refused: (status, reason, error) => {
        if (status === 503) {
          if (performance.now() - troubled > TROUBLED_FOR)
            logger.warn({ error }, `Deliveries are answered 503: ${reason}.`)
          troubled = performance.now()
        } else if (status === 400 || status === 403)
          logger.warn({ status }, `A signed delivery was refused: ${reason}.`)
      },
    })
    const server = await serveWebhooks({
      port: given.WEBHOOK_PORT,
      host: given.WEBHOOK_HOST,
      receive,
      answered: (status, seconds) => {
        meters.deliveries.inc({ status: String(status) })
        meters.seconds.observe(seconds)
      },
      failed: (error) => logger.error({ error }, 'A delivery could not be handled.'),
    })
    logger.info({ port: server.port }, 'Listening for deliveries.')
    return {
      health: () => {
        if (performance.now() - troubled < TROUBLED_FOR)
          return { state: 'amber', reason: 'deliveries were answered 503; look at the brokers' }
        if (live.unreadable().length > 0)
          return { state: 'amber', reason: 'connections cannot be opened; look at ENCRYPTION_KEY' }
        if (!live.current())
          return {
            state: 'amber',
            reason: 'the control database does not answer; going on with the connections last known',
          }
        return { state: 'green', reason: 'receiving' }
      },
      stop: async () => {
        await server.close()
        await coalescer.close()
        await live.close()
        await log.close()
        await control.close()
      },
      failed: new Promise(() => {}),
    }
  },
}
