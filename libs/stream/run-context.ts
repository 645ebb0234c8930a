/** What every task of a running stage shares. */
import type { Replay, TopicName } from '@attio-stream/contracts'
import type { TransactionLimits } from './batch.ts'
import type { Breaker } from './breaker.ts'
import type { BuryOutside } from './bury-outside.ts'
import type { Codec } from './codec.ts'
import type { Fault } from './errors.ts'
import type { Globals } from './globals.ts'
import type { Log } from './log.ts'
import type { ReplayBoard } from './replay-board.ts'
import type { Stage } from './stage.ts'

export interface Clock {
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Told what happens; for metrics and logs. No hook may throw. */
export interface StageHooks {
  readonly messagesIn?: (topic: TopicName, count: number) => void
  readonly transaction?: (ms: number, messages: number) => void
  readonly owed?: (partition: number, owed: { readonly live: number; readonly background: number }) => void
  /** A partition was taken over: how long it took, and how many messages its tables read. */
  readonly restored?: (partition: number, ms: number, messages: number) => void
  /** The input tables of a partition that were filled behind live work are complete: how long since it was taken over, and of how many messages. */
  readonly filled?: (partition: number, ms: number, messages: number) => void
  readonly lag?: (partition: number, messages: number) => void
  /** A dead letter was written and committed. */
  readonly buried?: (topic: TopicName, fault: Fault) => void
  /** Most of what is read can never succeed: the stage stands still. */
  readonly halted?: (reason: string) => void
  /** A replay of a partition begins (or goes on), or is done; with what came of it so far. */
  readonly replay?: (
    partition: number,
    replay: Pick<Replay, 'id' | 'looked' | 'differed' | 'unreadable' | 'done'>,
  ) => void
  /** Something failed and will be tried again. */
  readonly trouble?: (partition: number, error: unknown) => void
}

export interface StageHealth {
  readonly state: 'starting' | 'green' | 'amber' | 'red'
  readonly reason: string
}

export interface RunContext {
  readonly stage: Stage
  readonly log: Log
  readonly codec: Codec
  readonly globals: Globals | undefined
  /** undefined: the stage takes nothing again, or there is no topic to ask it through. */
  readonly replays: ReplayBoard | undefined
  readonly counts: ReadonlyMap<TopicName, number>
  readonly version: string
  readonly clock: Clock
  readonly hooks: StageHooks
  readonly fencedWaitMs: number
  readonly limits: TransactionLimits
  tableDirectory(partition: number): string
  /** One for all tasks of the process. */
  readonly breaker: Breaker
  readonly bury: BuryOutside
  fail(error: unknown): void
  /** All tasks stand still, uncommitted, until the process is started again. */
  halt(reason: string): void
  halted(): boolean
  /** undefined: the partition is not ours any more. */
  report(partition: number, health: StageHealth | undefined): void
}
