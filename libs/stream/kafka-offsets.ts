/** What the brokers know about topics and groups: partition counts, ends, beginnings, offsets by time, committed offsets. */
import { LogUnavailable } from './errors.ts'
import { errorType, isFatal, type KafkaCluster, partitionsOf, refresh } from './kafka-client.ts'
import { retry } from './retry.ts'

export type When = 'beginning' | 'committed end' | { readonly time: number }

export async function partitionCount(cluster: KafkaCluster, topic: string): Promise<number> {
  return ask(cluster, topic, async () => {
    await cluster.refreshMetadataIfNecessary()
    return partitionsOf(cluster, topic).length
  })
}

/** Offset per partition; for a time: of the first message not older, else the end. */
export async function offsets(cluster: KafkaCluster, topic: string, when: When): Promise<readonly number[]> {
  if (typeof when === 'object') {
    const [found, ends] = await Promise.all([
      list(cluster, topic, String(Math.max(0, Math.floor(when.time))), 0),
      offsets(cluster, topic, 'committed end'),
    ])
    return found.map((offset, partition) => (offset >= 0 ? offset : (ends[partition] ?? 0)))
  }
  return list(cluster, topic, when === 'beginning' ? '-2' : '-1', when === 'beginning' ? 0 : 1)
}

function list(cluster: KafkaCluster, topic: string, timestamp: string, isolationLevel: 0 | 1) {
  return ask(cluster, topic, async () => {
    await cluster.refreshMetadataIfNecessary()
    const metadata = partitionsOf(cluster, topic)
    const result = new Array<number>(metadata.length).fill(-1)
    for (const [leader, some] of Map.groupBy(metadata, (partition) => partition.leader)) {
      const broker = await cluster.findBroker({ nodeId: leader })
      const partitions = some.map(({ partitionId }) => ({ partition: partitionId, timestamp }))
      const answer = await broker.listOffsets({ replicaId: -1, isolationLevel, topics: [{ topic, partitions }] })
      for (const { partition, offset } of answer.responses[0]?.partitions ?? []) result[partition] = Number(offset)
    }
    return result
  })
}

export function committedOffsets(cluster: KafkaCluster, group: string, topic: string): Promise<readonly number[]> {
  return ask(cluster, topic, async () => {
    await cluster.refreshMetadataIfNecessary()
    const partitions = partitionsOf(cluster, topic).map(({ partitionId }) => ({ partition: partitionId }))
    const broker = await cluster.findGroupCoordinator({ groupId: group })
    const { responses } = await broker.offsetFetch({ groupId: group, topics: [{ topic, partitions }] })
    const result = new Array<number>(partitions.length).fill(-1)
    for (const { partition, offset } of responses[0]?.partitions ?? []) result[partition] = Number(offset)
    return result
  })
}

/** Asks until it is answered, for half a minute. */
async function ask<T>(cluster: KafkaCluster, topic: string, question: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 30_000
  try {
    return await retry(
      async () => {
        await cluster.connect()
        await cluster.addMultipleTargetTopics([topic])
        return question()
      },
      {
        firstMs: 20,
        maxMs: 1_000,
        mayHeal: (error) => !isFatal(error) && !isMissing(error) && Date.now() < deadline,
        onRetry: (error) => void refresh(cluster, error),
      },
    )
  } catch (cause) {
    if (isMissing(cause)) throw new Error(`There is no topic ${topic}: run provision first.`, { cause })
    if (isFatal(cause)) throw cause
    throw new LogUnavailable(`The brokers did not answer about topic ${topic}.`, { cause })
  }
}

function isMissing(error: unknown): boolean {
  return errorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION'
}
