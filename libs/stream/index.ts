/** The Log port, the loop that runs stages, tables, codec. */

export { TRANSACTION_LIMITS, type TransactionLimits } from './batch.ts'
export type { BreakerLimits } from './breaker.ts'
export { BREAKER, Breaker } from './breaker.ts'
export type { Codec, CodecOptions } from './codec.ts'
export { memoryCodec, openCodec } from './codec.ts'
export type { Burial, Buried, DeadLetterOutput } from './dead-letter.ts'
export { ATTEMPTS, DEAD_LETTERS, deadLetter, isCut, letterId, letterMessage, sha256 } from './dead-letter.ts'
export type { LetterSource } from './dead-letters.ts'
export { readAt, readLetters, wholeValue } from './dead-letters.ts'
export type { DriveOptions } from './drive.ts'
export { Driver, drive } from './drive.ts'
export type { Fault } from './errors.ts'
export { DecodeError, FencedError, isBug, LogUnavailable, Poison } from './errors.ts'
export { canonicalJson, contentHash } from './hash.ts'
export { inputOf } from './input.ts'
export type { KafkaConnection, KafkaLogLine } from './kafka-client.ts'
export { mendRequestQueue } from './kafka-idle.ts'
export type { KafkaLogOptions } from './kafka-log.ts'
export { kafkaLog } from './kafka-log.ts'
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
export type { MemoryLog, MemoryLogOptions } from './memory-log.ts'
export { memoryLog } from './memory-log.ts'
export { fits, messageLimit } from './message-limit.ts'
export { murmur2, partitionKey, partitionOf } from './partition.ts'
export type { Publisher } from './publisher.ts'
export { publisher } from './publisher.ts'
export { ReplayBoard } from './replay-board.ts'
export type { ReplayStatus, ReplayWish } from './replay-request.ts'
export { askForReplay, replayStatus, takeBackReplay } from './replay-request.ts'
export type { Backoff, RetryOptions } from './retry.ts'
export { backoffMs, retry, sleep } from './retry.ts'
export type { RunningStage, RunStageOptions } from './run.ts'
export { runStage } from './run.ts'
export type { Clock, StageHealth, StageHooks } from './run-context.ts'
export { schemaText, subjectOf } from './schemas.ts'
export type { Input, Kept, Linger, Output, Restepped, Stage, Table, TableSpec, Task } from './stage.ts'
