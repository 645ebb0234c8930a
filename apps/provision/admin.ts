/** What is asked of the brokers: which topics there are and how they are set, and to make the missing ones. */
import { mendRequestQueue, retry } from '@attio-stream/stream'
import kafkajs, { type Admin } from 'kafkajs'
import type { ExistingTopic, WantedTopic } from './topics.ts'

export interface TopicAdmin {
  existing(wanted: readonly WantedTopic[]): Promise<readonly ExistingTopic[]>
  /** Resolves when every partition has a leader. One that somebody else made meanwhile is no error. */
  create(topics: readonly WantedTopic[]): Promise<void>
  close(): Promise<void>
}

const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'])
/** Of what the controller made, to every broker, ms. */
const SPREADS_WITHIN = 30_000

/** One attempt to connect; the caller waits and tries again. */
export async function connectAdmin(brokers: readonly string[]): Promise<TopicAdmin> {
  mendRequestQueue()
  const kafka = new kafkajs.Kafka({
    clientId: 'provision',
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 3000,
    retry: { initialRetryTime: 100, retries: 1 },
  })
  const admin = kafka.admin({ retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 15 } })
  await admin.connect()
  try {
    await admin.listTopics()
  } catch (error) {
    await admin.disconnect()
    throw error
  }
  return {
    existing: (wanted) => existing(admin, wanted),
    create: (topics) => create(admin, topics),
    close: () => admin.disconnect(),
  }
}

async function existing(admin: Admin, wanted: readonly WantedTopic[]): Promise<readonly ExistingTopic[]> {
  const present = new Set(await admin.listTopics())
  const names = wanted.map((topic) => topic.name).filter((name) => present.has(name))
  if (names.length === 0) return []
  const topics = await known(admin, names)
  const { resources } = await admin.describeConfigs({
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    includeSynonyms: false,
  })
  return topics.map(({ name, partitions }) => {
    const entries = resources.find((resource) => resource.resourceName === name)?.configEntries ?? []
    return {
      name,
      partitions: partitions.length,
      replicationFactor: Math.min(...partitions.map((partition) => partition.replicas.length)),
      config: Object.fromEntries(entries.map((entry) => [entry.configName, entry.configValue])),
    }
  })
}

async function create(admin: Admin, topics: readonly WantedTopic[]): Promise<void> {
  if (topics.length === 0) return
  await admin.createTopics({
    waitForLeaders: false,
    timeout: 30_000,
    topics: topics.map(({ name, partitions, replicationFactor, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  })
  await known(
    admin,
    topics.map(({ name }) => name),
  )
}

type TopicMetadata = Awaited<ReturnType<Admin['fetchTopicMetadata']>>['topics']

/**
 * Every partition of the topics, with its leader. A broker hears of a topic a moment after the controller made it and says
 * meanwhile that there is none; kafkajs takes that for an answer.
 */
function known(admin: Admin, names: string[]): Promise<TopicMetadata> {
  const deadline = performance.now() + SPREADS_WITHIN
  const mayHeal = (error: unknown) =>
    performance.now() < deadline && NOT_YET.has((error as { type?: string }).type ?? '')
  return retry(
    async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: names })
      if (topics.some(({ partitions }) => partitions.length === 0 || partitions.some(({ leader }) => leader < 0)))
        throw Object.assign(new Error('There are partitions without a leader.'), { type: 'LEADER_NOT_AVAILABLE' })
      return topics
    },
    { firstMs: 50, maxMs: 500, mayHeal },
  )
}
