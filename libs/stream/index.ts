/** The Log port, the loop that runs stages, tables, codec. */
export type {
  GroupHandler,
  GroupMember,
  JoinOptions,
  Log,
  OutgoingMessage,
  Reader,
  ReadOptions,
  StoredMessage,
  TopicPartition,
  TopicPartitionOffset,
  Transaction,
  TransactionalWriter,
} from './log.ts'
export type { Input, Kept, Output, Stage, Table, TableSpec, Task } from './stage.ts'
