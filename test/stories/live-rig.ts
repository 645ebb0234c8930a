/**
 * The live path without servers of ours: emulated Attio → signed deliveries → webhook receiver → memory log → hydrate →
 * attio.changes. Tests edit at one end and read changes at the other.
 */
import { AttioClient, AttioClock, createWebhook } from '@attio-stream/attio'
import type { Change, DeadLetter } from '@attio-stream/contracts'
import { Hydrator, type HydratorEvent, Intake, parkingInMemory, releaser, type Standing } from '@attio-stream/hydrate'
import { type MemoryLog, memoryCodec, memoryLog, publisher } from '@attio-stream/stream'
import { Coalescer, type KnownConnection, receiver, Senders, serveWebhooks } from '@attio-stream/webhook'
import { type AttioEmulator, type AttioEmulatorOptions, startAttioEmulator } from '../emulators/attio/index.ts'

export const TRAILING = 250

export interface LiveRig extends AsyncDisposable {
  readonly attio: AttioEmulator
  readonly log: MemoryLog
  readonly events: HydratorEvent[]
  readonly broken: Set<string>
  readonly parking: ReturnType<typeof parkingInMemory>
  changes(): Promise<readonly Change[]>
  deadLetters(): Promise<readonly DeadLetter[]>
  /** Notices in the log, and how many of them are committed. */
  notices(): Promise<{ readonly written: number; readonly committed: number }>
  /** Everything that was delivered is committed. */
  settled(): Promise<boolean>
  /** Another hydrate process on the same log. */
  hydrate(log: MemoryLog): Promise<{ stop(): Promise<void> }>
  /** The connection works again. */
  mended(workspace: string): void
}

export async function liveRig(options: AttioEmulatorOptions = {}): Promise<LiveRig> {
  const attio = await startAttioEmulator({ size: 'small', limits: 'off', timeScale: 0.001, ...options })
  const log = memoryLog({ topics: { 'attio.notices': 4, 'attio.changes': 4, 'crm.dead-letters': 1 } })
  const codec = memoryCodec()
  const out = publisher(log, codec)
  const events: HydratorEvent[] = []
  const broken = new Set<string>()
  const parking = parkingInMemory()
  const clock = new AttioClock()
  const clients = new Map(
    attio.workspaces.map(({ id, token }) => [id, new AttioClient({ token, baseUrl: attio.url, clock, retries: 1 })]),
  )

  const known = new Map<string, KnownConnection>()
  const senders = new Senders({ cached: (key) => known.get(key), lookUp: async () => undefined })
  const coalescer = new Coalescer(out, { lingerMs: 1, timeoutMs: 1000 })
  const server = await serveWebhooks({
    port: 0,
    host: '127.0.0.1',
    receive: receiver(senders, coalescer),
    answered: () => {},
    failed: (error) => {
      throw error
    },
  })
  for (const [workspaceId, client] of clients) {
    const key = `key-of-${workspaceId}`
    const { webhook, secret } = await createWebhook(client, `http://127.0.0.1:${server.port}/webhooks/attio/${key}`)
    known.set(key, {
      key,
      workspaceId,
      status: 'active',
      webhook: { id: webhook.id.webhook_id, secret, createdAt: new Date() },
    })
  }

  const standing = (workspace: string): Standing => {
    const client = clients.get(workspace)
    if (client === undefined) return { kind: 'unknown' }
    return broken.has(workspace) ? { kind: 'broken' } : { kind: 'active', client }
  }
  const stops: (() => Promise<void>)[] = []
  const hydrate = async (on: MemoryLog): Promise<{ stop(): Promise<void> }> => {
    const publish = publisher(on, codec)
    const intake = new Intake({ log: on, codec, publisher: publish, maxPending: 10_000, commitEvery: 10 })
    const hydrator = new Hydrator({
      publisher: publish,
      codec,
      workspaces: { of: standing, refused: async (workspace) => void broken.add(workspace) },
      parking,
      agenda: { trailing: TRAILING, gap: 50, together: 20 },
      readsAtOnce: 16,
      readsPerWorkspace: 4,
      settled: (places) => intake.settled(places),
      onEvent: (event) => events.push(event),
    })
    await intake.join(hydrator)
    let stopped: Promise<void> | undefined
    const stop = (): Promise<void> => {
      stopped ??= hydrator.stop().then(() => intake.leave())
      return stopped
    }
    stops.push(stop)
    return { stop }
  }
  await hydrate(log)
  const release = releaser({ parking, publisher: out, isActive: (workspace) => !broken.has(workspace) })

  const read = async <T>(topic: 'attio.changes' | 'crm.dead-letters'): Promise<readonly T[]> => {
    const found: T[] = []
    const from = new Map(Array.from({ length: await log.partitions(topic) }, (_, partition) => [partition, 0]))
    const onMessages = (_: number, messages: readonly { value: Buffer | null }[]): void => {
      for (const { value } of messages) if (value !== null) found.push(codec.decode(topic, value) as T)
    }
    await log.read({ topic, from, until: 'end', onMessages }).done
    return found
  }
  const notices = async () => {
    const sum = (offsets: readonly number[]): number =>
      offsets.reduce((total, offset) => total + Math.max(0, offset), 0)
    return {
      written: sum(await log.ends('attio.notices')),
      committed: sum(await log.committed('hydrate', 'attio.notices')),
    }
  }
  return {
    attio,
    log,
    events,
    broken,
    parking,
    changes: () => read<Change>('attio.changes'),
    deadLetters: () => read<DeadLetter>('crm.dead-letters'),
    notices,
    settled: async () => {
      await attio.deliveries.settled()
      const { written, committed } = await notices()
      return written > 0 && written === committed
    },
    hydrate,
    mended: (workspace) => {
      broken.delete(workspace)
      release.look()
    },
    [Symbol.asyncDispose]: async () => {
      await attio.stop()
      await release.stop()
      await Promise.all(stops.map((stop) => stop()))
      await server.close()
      await coalescer.close()
    },
  }
}
