/**
 * The live path without servers of ours: emulated Attio → signed deliveries → webhook receiver → memory log → hydrate →
 * attio.changes. Tests edit at one end and read changes at the other.
 */
import type { Change, DeadLetter } from '@attio-stream/contracts'
import { type HydratorEvent, parkingInMemory, releaser } from '@attio-stream/hydrate'
import { type MemoryLog, memoryCodec, memoryLog, publisher } from '@attio-stream/stream'
import { type AttioEmulator, type AttioEmulatorOptions, startAttioEmulator } from '../emulators/attio/index.ts'
import { clientsOf, hydrateOn, receiveOn } from './ingress.ts'

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
  /** The first hydrate's process dies: nothing it waits for ever comes. */
  kill(): void
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
  const clients = clientsOf(attio)
  const receiving = await receiveOn(log, codec)
  for (const [workspaceId, client] of clients) await receiving.connect(workspaceId, client)
  const stops: (() => Promise<void>)[] = []
  const hydrate = async (on: MemoryLog): Promise<{ stop(): Promise<void> }> => {
    const onEvent = (event: HydratorEvent): void => void events.push(event)
    const running = await hydrateOn({ log: on, codec, clients, trailing: TRAILING, parking, broken, onEvent })
    stops.push(running.stop)
    return running
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
    kill: () => {
      log.crash()
      // Only so that its timers end: it would wait for ever for brokers it no longer has.
      for (const stop of stops.splice(0)) void stop()
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
      await receiving.close()
    },
  }
}
