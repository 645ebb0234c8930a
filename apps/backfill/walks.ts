/**
 * PORT Walks: the runs over a workspace and how far each stream of one has come. A cursor is kept after the brokers have its
 * page, so a run that dies goes on from there and repeats one page at most. Adapters: Postgres, and memory for tests.
 */
import type { Cursor } from '@attio-stream/attio'
import type { PlannedStream } from './stream.ts'

/** A sweep is a backfill that also looks for what is gone (sweep.ts). */
export type RunKind = 'backfill' | 'sweep'
export type WalkState = 'waiting' | 'walking' | 'done' | 'skipped' | 'failed'

export interface WalkKey {
  readonly workspace: string
  readonly run: string
  readonly stream: string
}
export interface Walk extends WalkKey {
  readonly title: string
  readonly state: WalkState
  /** A sentence when skipped, failed or waiting for something. */
  readonly reason: string
  readonly cursor: Cursor | null
  readonly rows: number
  readonly pages: number
}
export interface PageProgress {
  readonly cursor: Cursor | null
  readonly rows: number
  readonly rejected: number
}

/** Where topics ended when a run began, by topic: offsets by partition. */
export type Since = Readonly<Record<string, readonly number[]>>

/** What a sweep came to. */
export interface Summary {
  /** Things known alive that the walk did not meet, and that were read one by one. */
  readonly nominated: number
  /** States the sweep changed and no webhook told of, by `kind what`: `record changed`, `note deleted` … */
  readonly healed: Readonly<Record<string, number>>
  /** States the sweep changed before the webhook that came for them was answered: nothing was missed. */
  readonly early: number
  /** False when hydrate or compact had not worked everything off yet: then `healed` may lack some. */
  readonly complete: boolean
}

export interface NewRun {
  readonly workspace: string
  readonly kind: RunKind
  readonly run: string
  /** Why it was asked for. */
  readonly reason: string
}

export interface Walks {
  /** The open run of this kind, else a new one: of any number of callers at once, one makes it. The fan-out is its first stream. */
  open(wanted: NewRun): Promise<{ readonly run: string; readonly created: boolean }>
  /** A run of this name, for who minds himself that there is one; called again, it does nothing. */
  begin(workspace: string, run: string, kind?: RunKind): Promise<void>
  /** The fan-out is done: these streams are to be walked. Called again, it adds what is new. */
  plan(workspace: string, run: string, streams: readonly PlannedStream[]): Promise<void>
  find(key: WalkKey): Promise<Walk | undefined>
  /** A page is with the brokers. */
  advance(key: WalkKey, page: PageProgress): Promise<void>
  set(key: WalkKey, state: WalkState, reason?: string): Promise<void>
  ofRun(workspace: string, run: string): Promise<readonly Walk[]>
  /** Where the run began: what was kept first. */
  keepSince(workspace: string, run: string, since: Since): Promise<void>
  since(workspace: string, run: string): Promise<Since | null>
  summarise(workspace: string, run: string, summary: Summary): Promise<void>
  summary(workspace: string, run: string): Promise<Summary | null>
  /** Ends the run when none of its streams has anything left to do; gives whether it is ended. */
  end(workspace: string, run: string): Promise<boolean>
  /** The open run of the kind, if there is one. */
  unfinished(workspace: string, kind?: RunKind): Promise<string | undefined>
}

export const isOver = ({ state }: Pick<Walk, 'state'>): boolean => state !== 'waiting' && state !== 'walking'
