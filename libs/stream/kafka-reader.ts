/** Reads partitions without a group: straight fetches, nothing to clean up on the brokers. */
import type { KafkaCluster } from './kafka-client.ts'
import { Fetcher, Lane } from './kafka-fetcher.ts'
import type { Reader, ReadOptions } from './log.ts'
import { Progress } from './progress.ts'

export interface KafkaReaderOptions {
  readonly cluster: KafkaCluster
  /** ReadOptions with the topic as the broker knows it. */
  readonly read: ReadOptions
  /** Makes the topic known to the cluster and gives its ends, read committed. */
  readonly ends: () => Promise<readonly number[]>
  readonly maxWaitMs: number
  readonly onTrouble: (message: string, error: unknown) => void
}
const MEGABYTE = 1024 * 1024

export function kafkaReader({ cluster, read, ends, maxWaitMs, onTrouble }: KafkaReaderOptions): Reader {
  const failed = Promise.withResolvers<never>()
  const stopped = Promise.withResolvers<void>()
  const progress = new Progress(read.from)
  let running = true
  const fetcher = new Fetcher({
    cluster,
    laneBytes: 2 * MEGABYTE,
    maxBytes: 4 * MEGABYTE,
    maxBytesPerPartition: MEGABYTE,
    maxWaitMs,
    onTrouble,
    onFatal: failed.reject,
  })
  const halt = () => {
    running = false
    fetcher.stop()
    stopped.resolve()
  }
  if (read.signal?.aborted) halt()
  read.signal?.addEventListener('abort', halt, { once: true })
  const caughtUp = Promise.withResolvers<void>()
  caughtUp.promise.catch(() => {})

  const follow = async (partition: number, from: number, end: number) => {
    if (from >= end && read.until === 'end') return
    const lane = new Lane({ topic: read.topic, partition }, from, read.until === 'end' ? end : undefined)
    lane.onAdvance = (handed) => progress.set(partition, handed)
    fetcher.add(lane)
    for (;;) {
      const messages = await lane.take()
      if (messages === undefined) break
      await read.onMessages(partition, messages)
      lane.handed()
      fetcher.wake()
    }
    fetcher.remove(lane)
  }

  const work = async () => {
    const targets = await Promise.race([ends(), stopped.promise])
    if (!running || targets === undefined) return
    void progress.reached(targets).then(caughtUp.resolve)
    await Promise.all([...read.from].map(([partition, from]) => follow(partition, from, targets[partition] ?? 0)))
    if (read.until === 'follow') await stopped.promise
  }
  const done = Promise.race([work(), failed.promise]).finally(async () => {
    halt()
    read.signal?.removeEventListener('abort', halt)
    await cluster.disconnect().catch(() => {})
  })
  done.then(caughtUp.resolve, caughtUp.reject)
  failed.promise.catch(() => {})
  return {
    caughtUp: caughtUp.promise,
    reached: (ends) => progress.reached(ends),
    done,
    stop: async () => {
      halt()
      await done
    },
  }
}
