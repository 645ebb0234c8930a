/** A process's connection to the memory log: every wait takes time by chance, and what the brokers call runs in the process. */
import type { Log, MemoryLog } from '@attio-stream/stream'
import type { Machine } from './machine.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface WiredOptions {
  readonly log: MemoryLog
  readonly machine: Machine
  readonly time: VirtualTime
}

/** One wait in so many is a long one. */
const LONG = { oneIn: 25, ms: 300 }
const USUAL_MS = 4

export function wired({ log, machine, time }: WiredOptions): { readonly connection: MemoryLog; readonly log: Log } {
  const pause = (point: string): Promise<void> =>
    new Promise((resolve) => {
      machine.step()
      const most = time.random() < 1 / LONG.oneIn ? LONG.ms : USUAL_MS
      time.after(time.between(0, most), `${machine.name} ${point}`, () => machine.reach(resolve))
    })
  const connection = log.connect({ pause })
  const inside = async <T>(work: () => Promise<T>): Promise<T> => {
    await machine.awake()
    return machine.run(work)
  }
  const join: Log['join'] = (options) => {
    const { assigned, revoked, messages } = options.handler
    return connection.join({
      ...options,
      handler: {
        assigned: (partitions) => inside(() => assigned(partitions)),
        revoked: (partitions, lost) => inside(() => revoked(partitions, lost)),
        messages: (topic, partition, batch) => inside(() => messages(topic, partition, batch)),
      },
    })
  }
  return {
    connection,
    log: {
      join,
      produce: (messages) => connection.produce(messages),
      transactional: (id) => connection.transactional(id),
      read: (options) => connection.read(options),
      partitions: (topic) => connection.partitions(topic),
      ends: (topic) => connection.ends(topic),
      beginnings: (topic) => connection.beginnings(topic),
      committed: (group, topic) => connection.committed(group, topic),
      offsetsAt: (topic, at) => connection.offsetsAt(topic, at),
      close: () => connection.close(),
    },
  }
}
