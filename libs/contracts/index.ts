/** Topics and the types of what flows in them. Data only. */
export type {
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
export type { TopicDefinition, TopicName, TopicValues } from './topics.ts'
export { TOPIC_NAMES, TOPICS } from './topics.ts'
