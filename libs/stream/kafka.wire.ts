/** A real Kafka for the tests of this folder: KAFKA_BROKERS if set, else started by stack/ and stopped afterwards. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '@attio-stream/stack'
import { openCluster } from './kafka-client.ts'
import type { Log } from './log.ts'

export interface RealKafka {
  readonly brokers: readonly string[]
  /** Creates a topic with a name of its own (or this name), ready to be used. */
  topic(partitions: number, options?: { readonly name?: string; readonly compact?: boolean }): Promise<string>
  restart(): Promise<void>
  kill(): void
  stop(): Promise<void>
}

export async function realKafka(): Promise<RealKafka> {
  const directory = mkdtempSync(join(tmpdir(), 'stream-kafka-'))
  const stack = await startStack({ servers: ['kafka'], directory, ephemeral: true, env: process.env })
  const brokers = (stack.addresses.kafkaBrokers ?? '').split(',')
  const cluster = openCluster({ brokers })
  await cluster.connect()
  await cluster.refreshMetadata()
  return {
    brokers,
    async topic(partitions, { name = `t-${randomUUID()}`, compact = false } = {}) {
      const configEntries = [{ name: 'max.message.bytes', value: String(16 * 1024 * 1024) }]
      if (compact) configEntries.push({ name: 'cleanup.policy', value: 'compact' })
      const controller = (await cluster.findControllerBroker()) as unknown as {
        createTopics(of: unknown): Promise<unknown>
      }
      const topics = [{ topic: name, numPartitions: partitions, replicationFactor: 1, configEntries }]
      await controller.createTopics({ topics })
      await cluster.addMultipleTargetTopics([name]).catch(() => {})
      for (let i = 0; cluster.findTopicPartitionMetadata(name).length < partitions; i++) {
        if (i > 1_000) throw new Error(`The topic ${name} was created and did not appear.`)
        await new Promise((resolve) => setTimeout(resolve, 5))
        await cluster.addMultipleTargetTopics([name]).catch(() => {})
        await cluster.refreshMetadata().catch(() => {})
      }
      return name
    },
    restart: () => stack.server('kafka').restart(),
    kill: () => stack.server('kafka').kill(),
    async stop() {
      await cluster.disconnect()
      await stack.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Ends everything of a log without a word to the brokers, as kill -9 would. */
export async function cut(log: Log): Promise<void> {
  await (log as unknown as { sever(): Promise<void> }).sever()
}
