/**
 * The way in without servers of ours: signed deliveries of the emulated Attio → webhook receiver → attio.notices, and
 * hydrate, which reads back what they name into attio.changes. Everything in this process, on whatever log is given.
 */
import { AttioClient, AttioClock, createWebhook } from '@attio-stream/attio'
import { Hydrator, type HydratorEvent, Intake, type parkingInMemory, type Standing } from '@attio-stream/hydrate'
import { type Codec, type Log, publisher } from '@attio-stream/stream'
import { Coalescer, type KnownConnection, receiver, Senders, serveWebhooks } from '@attio-stream/webhook'
import type { AttioEmulator } from '../emulators/attio/index.ts'

export interface Receiving {
  /** Registers a webhook of the workspace at the emulated Attio, as connecting does. */
  connect(workspace: string, client: AttioClient): Promise<void>
  close(): Promise<void>
}

export async function receiveOn(log: Log, codec: Codec): Promise<Receiving> {
  const known = new Map<string, KnownConnection>()
  const senders = new Senders({ cached: (key) => known.get(key), lookUp: async () => undefined })
  const coalescer = new Coalescer(publisher(log, codec), { lingerMs: 1, timeoutMs: 1000 })
  const server = await serveWebhooks({
    port: 0,
    host: '127.0.0.1',
    receive: receiver(senders, coalescer),
    answered: () => {},
    failed: (error) => {
      throw error
    },
  })
  return {
    async connect(workspaceId, client) {
      const key = `key-of-${workspaceId}`
      const { webhook, secret } = await createWebhook(client, `http://127.0.0.1:${server.port}/webhooks/attio/${key}`)
      known.set(key, {
        key,
        workspaceId,
        status: 'active',
        webhook: { id: webhook.id.webhook_id, secret, createdAt: new Date() },
      })
    },
    async close() {
      await server.close()
      await coalescer.close()
    },
  }
}

/** One client a workspace, on one clock, by workspace id. */
export function clientsOf(attio: AttioEmulator): ReadonlyMap<string, AttioClient> {
  const clock = new AttioClock()
  return new Map(
    attio.workspaces.map(({ id, token }) => [id, new AttioClient({ token, baseUrl: attio.url, clock, retries: 1 })]),
  )
}

export interface HydrateOptions {
  readonly log: Log
  readonly codec: Codec
  readonly clients: ReadonlyMap<string, AttioClient>
  /** From a notice to its trailing read, ms. */
  readonly trailing: number
  readonly parking: ReturnType<typeof parkingInMemory>
  /** Workspaces whose token Attio refuses. */
  readonly broken: Set<string>
  readonly onEvent?: (event: HydratorEvent) => void
}

/** A hydrate process; `failed` rejects with its first bug. */
export async function hydrateOn(
  options: HydrateOptions,
): Promise<{ readonly failed: Promise<never>; stop(): Promise<void> }> {
  const { log, codec, clients, trailing, parking, broken, onEvent } = options
  const standing = (workspace: string): Standing => {
    const client = clients.get(workspace)
    if (client === undefined) return { kind: 'unknown' }
    return broken.has(workspace) ? { kind: 'broken' } : { kind: 'active', client }
  }
  const publish = publisher(log, codec)
  const intake = new Intake({ log, codec, publisher: publish, maxPending: 10_000, commitEvery: 10 })
  const hydrator = new Hydrator({
    publisher: publish,
    codec,
    workspaces: { of: standing, refused: async (workspace) => void broken.add(workspace) },
    parking,
    agenda: { trailing, gap: 50, together: 20 },
    readsAtOnce: 16,
    readsPerWorkspace: 4,
    settled: (places) => intake.settled(places),
    ...(onEvent === undefined ? {} : { onEvent }),
  })
  await intake.join(hydrator)
  let stopped: Promise<void> | undefined
  return {
    failed: hydrator.failed,
    stop() {
      stopped ??= hydrator.stop().then(() => intake.leave())
      return stopped
    },
  }
}
