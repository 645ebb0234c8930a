/**
 * What topics should be, what they are, and what to do about it. Missing ones are made; existing ones are never changed,
 * only told about. Pure: asking and creating is admin.ts's.
 */
import { TOPIC_NAMES, TOPICS } from '@attio-stream/contracts'

export interface WantedTopic {
  /** With the cell's prefix. */
  readonly name: string
  readonly partitions: number
  /** Joined by partition number: a wrong count breaks the join. */
  readonly shared: boolean
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
}

export interface ExistingTopic {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
}

export interface TopicDifference {
  readonly setting: string
  readonly wanted: string
  readonly is: string
}

export interface TopicFinding {
  readonly topic: string
  readonly state: 'missing' | 'as wanted' | 'differs'
  readonly differences: readonly TopicDifference[]
}

export interface TopicPlan {
  readonly findings: readonly TopicFinding[]
  readonly create: readonly WantedTopic[]
  /** Sentences: why nothing may be created. */
  readonly errors: readonly string[]
}

export interface TopicWishes {
  readonly cell: string
  readonly partitions: number
  readonly replicationFactor: number
}

export function wantedTopics({ cell, partitions, replicationFactor }: TopicWishes): readonly WantedTopic[] {
  return TOPIC_NAMES.map((name) => {
    const { partitions: count, config } = TOPICS[name]
    return {
      name: `${cell}${name}`,
      partitions: count === 'shared' ? partitions : count,
      shared: count === 'shared',
      replicationFactor,
      // A write counts once this many have it (R1); one fewer than all, so that one broker may be away.
      config: { ...config, 'min.insync.replicas': String(Math.max(1, replicationFactor - 1)) },
    }
  })
}

export function planTopics(wanted: readonly WantedTopic[], existing: readonly ExistingTopic[]): TopicPlan {
  const found = new Map(existing.map((topic) => [topic.name, topic]))
  const findings = wanted.map((topic): TopicFinding => {
    const is = found.get(topic.name)
    if (is === undefined) return { topic: topic.name, state: 'missing', differences: [] }
    const differences = differencesOf(topic, is)
    return { topic: topic.name, state: differences.length === 0 ? 'as wanted' : 'differs', differences }
  })
  const errors = wanted.flatMap((topic) => {
    const is = found.get(topic.name)
    if (is === undefined || !topic.shared || is.partitions === topic.partitions) return []
    return [
      `Topic ${topic.name} has ${is.partitions} partitions, PARTITIONS says ${topic.partitions}: topics that are joined need the same count, and it cannot change once there are messages. Set PARTITIONS=${is.partitions}, or begin a new CELL.`,
    ]
  })
  return { findings, create: wanted.filter((topic) => !found.has(topic.name)), errors }
}

function differencesOf(wanted: WantedTopic, is: ExistingTopic): readonly TopicDifference[] {
  const compared = [
    { setting: 'partitions', wanted: String(wanted.partitions), is: String(is.partitions) },
    { setting: 'replication factor', wanted: String(wanted.replicationFactor), is: String(is.replicationFactor) },
    ...Object.entries(wanted.config).map(([setting, value]) => ({
      setting,
      wanted: value,
      is: is.config[setting] ?? '(not told)',
    })),
  ]
  return compared.filter((one) => normal(one.wanted) !== normal(one.is))
}

/** Brokers may give a list back in another order. */
function normal(value: string): string {
  return value.split(',').sort().join(',')
}
