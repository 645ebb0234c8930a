/** Asking a stage, wherever it runs, to take its input once more, and seeing how far it is. Taking it is replaying.ts's. */
import { randomUUID } from 'node:crypto'
import type { Replay } from '@attio-stream/contracts'
import type { Codec } from './codec.ts'
import type { Log } from './log.ts'
import { REPLAYS, type ReplayBoard } from './replay-board.ts'

export interface ReplayWish {
  readonly stage: string
  /** Of the topic that is taken again. */
  readonly partitions: number
  /** Only what belongs to this workspace. Default everything. */
  readonly workspace?: string
  /** Counts what differs and writes nothing of it. */
  readonly dryRun?: boolean
  /** Also write what cannot be told to differ: directory entries. */
  readonly entries?: boolean
}

export interface ReplayStatus {
  readonly id: string
  readonly dryRun: boolean
  readonly partitions: number
  /** Partitions that began, and that are done. */
  readonly begun: number
  readonly done: number
  /** How much of it is taken, 0 to 1. */
  readonly share: number
  readonly looked: number
  readonly differed: number
  readonly unreadable: number
}

/** undefined: nothing was ever asked for, or it was taken back. */
export function replayStatus(board: ReplayBoard, partitions: number): ReplayStatus | undefined {
  const { request } = board
  if (request === undefined) return undefined
  const all = Array.from({ length: partitions }, (_, partition) => board.progress(partition))
  const known = all.filter((progress) => progress !== undefined)
  const sum = (of: (progress: Replay) => number) => known.reduce((total, progress) => total + of(progress), 0)
  const share = ({ from, to, position, done }: Replay) => (done || to <= from ? 1 : (position - from) / (to - from))
  return {
    id: request.id,
    dryRun: request.dry_run,
    partitions,
    begun: known.length,
    done: known.filter(({ done }) => done).length,
    share: sum(share) / partitions,
    looked: sum(({ looked }) => looked),
    differed: sum(({ differed }) => differed),
    unreadable: sum(({ unreadable }) => unreadable),
  }
}

/** The id of what was asked for. @throws when something else is under way, saying what. */
export async function askForReplay(
  { log, codec, board }: { readonly log: Log; readonly codec: Codec; readonly board: ReplayBoard },
  { stage, partitions, workspace, dryRun = false, entries = false }: ReplayWish,
): Promise<string> {
  const status = replayStatus(board, partitions)
  if (status !== undefined && status.done < partitions)
    throw new Error(
      `Replay ${status.id} of ${stage} is under way: ${status.done} of ${partitions} partitions are done. Wait for it, or take it back.`,
    )
  const value: Replay = {
    workspace_id: workspace ?? null,
    id: randomUUID().slice(0, 8),
    dry_run: dryRun,
    entries,
    requested_at: Date.now(),
    ...{ from: 0, to: 0, position: 0, looked: 0, differed: 0, unreadable: 0, done: false },
  }
  await log.produce([{ topic: REPLAYS, partition: 0, key: stage, value: codec.encode(REPLAYS, value) }])
  return value.id
}

/** What is not taken yet stays as it is; what was written stays written. */
export async function takeBackReplay(log: Log, stage: string): Promise<void> {
  await log.produce([{ topic: REPLAYS, partition: 0, key: stage, value: null }])
}
