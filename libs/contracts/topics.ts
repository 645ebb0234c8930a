/**
 * The topic table: what flows where, how it is keyed, kept and partitioned. Topics are created from it by apps/provision;
 * their values are the Avro records of schemas/. Data only.
 */
import type {
  ArtifactState,
  Attachment,
  Change,
  ChildState,
  DeadLetter,
  Name,
  Notice,
  RecordState,
  Replay,
} from './generated.ts'

/** The value type of each topic. */
export interface TopicValues {
  'attio.notices': Notice
  'attio.changes': Change
  'crm.records': RecordState
  'crm.children': ChildState
  'crm.attachments': Attachment
  'crm.names': Name
  'crm.artifacts': ArtifactState
  'crm.dead-letters': DeadLetter
  'crm.replays': Replay
}

export type TopicName = keyof TopicValues

export interface TopicDefinition {
  /** Schema file in schemas/, without its ending. */
  readonly schema: string
  /** `shared`: the same count for all co-partitioned topics; a number: that many. */
  readonly partitions: 'shared' | number
  /** Which part of the key chooses the partition: the whole, or what stands before the first `/`. */
  readonly partitionBy: 'key' | 'first-segment'
  /** Topic settings given to the broker. Times in ms, sizes in bytes. */
  readonly config: Readonly<Record<string, string>>
}

const DAY = 24 * 60 * 60 * 1000
const LARGE = String(16 * 1024 * 1024)
/**
 * How long a tombstone stays to be read by who was away. Kafka's default is one day, and a store or a disk that was down for
 * longer would keep what is forgotten for ever.
 */
const TOMBSTONES = { 'delete.retention.ms': String(14 * DAY) }

export const TOPICS: Readonly<Record<TopicName, TopicDefinition>> = {
  'attio.notices': {
    schema: 'notice',
    partitions: 'shared',
    partitionBy: 'key',
    config: { 'cleanup.policy': 'delete', 'retention.ms': String(14 * DAY) },
  },
  'attio.changes': {
    schema: 'change',
    partitions: 'shared',
    partitionBy: 'key',
    config: {
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': String(7 * DAY),
      'max.compaction.lag.ms': String(30 * DAY),
      'max.message.bytes': LARGE,
      ...TOMBSTONES,
    },
  },
  'crm.records': {
    schema: 'record-state',
    partitions: 'shared',
    partitionBy: 'key',
    config: { 'cleanup.policy': 'compact', 'max.message.bytes': LARGE, ...TOMBSTONES },
  },
  'crm.children': {
    schema: 'child-state',
    partitions: 'shared',
    partitionBy: 'key',
    config: { 'cleanup.policy': 'compact', 'max.message.bytes': LARGE, ...TOMBSTONES },
  },
  'crm.attachments': {
    schema: 'attachment',
    partitions: 'shared',
    partitionBy: 'first-segment',
    config: { 'cleanup.policy': 'compact', 'max.message.bytes': LARGE, ...TOMBSTONES },
  },
  'crm.names': {
    schema: 'name',
    partitions: 'shared',
    partitionBy: 'key',
    config: { 'cleanup.policy': 'compact', ...TOMBSTONES },
  },
  'crm.artifacts': {
    schema: 'artifact',
    partitions: 'shared',
    partitionBy: 'key',
    config: { 'cleanup.policy': 'compact', 'max.message.bytes': LARGE, ...TOMBSTONES },
  },
  'crm.dead-letters': {
    schema: 'dead-letter',
    partitions: 1,
    partitionBy: 'key',
    config: { 'cleanup.policy': 'delete', 'retention.ms': String(30 * DAY), 'max.message.bytes': LARGE },
  },
  'crm.replays': {
    schema: 'replay',
    partitions: 1,
    partitionBy: 'key',
    config: { 'cleanup.policy': 'compact', ...TOMBSTONES },
  },
}

export const TOPIC_NAMES = Object.keys(TOPICS) as readonly TopicName[]
