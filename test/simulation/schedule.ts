/**
 * What a simulation is made of, as plain data: how the world behaves, and what happens in it one after the other. Schedules are
 * drawn by draw.ts.
 */
import type { StageName } from './system.ts'

export interface Weather {
  /** Of everything that is left to chance. */
  readonly seed: number
  readonly records: number
  readonly workspaces: number
  /** Commands begin when the first backfill has come to rest; else in the middle of it. */
  readonly settled: boolean
  /** Most ms Attio's answers trail its writes. */
  readonly lateMs: number
  /** The same of reads of one thing. */
  readonly lateOneMs: number
  readonly merges: '2025' | '2026'
  readonly mergeWindowMs: number
  /** Events that Attio may or may not fire. */
  readonly extraEvents: boolean
  readonly skewMs: number
  readonly tickMs: number
  readonly attioSkewMs: number
  readonly pageSize: number
  readonly members: 1 | 2
  /** Outputs in one transaction of a stage at most. */
  readonly transaction: number
  readonly deliveries: { readonly twice: number; readonly reorderMs: number; readonly dropped: number }
  /** Whether there are edits that fire no event, and events of edits that nobody made. */
  readonly rumours: boolean
  readonly requests: { readonly failing: number; readonly limited: number }
  /** Chance of an answer that takes very long to arrive. */
  readonly slow: number
  /** The same of pages of a list alone. */
  readonly slowPages: number
  /** Attio's own limits hold. */
  readonly limits: boolean
  readonly stores: { readonly failing: number; readonly slowest: number }
}

export type Command =
  | { readonly kind: 'edit'; readonly workspace: number; readonly seed: number; readonly times: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'crash'
      readonly stage: StageName
      readonly which: number
      /** 0: now; else when it takes its n-th step from now. */
      readonly steps: number
      readonly disk: 'kept' | 'lost'
      readonly downMs: number
    }
  | {
      readonly kind: 'freeze'
      readonly stage: StageName
      readonly which: number
      readonly steps: number
      readonly ms: number
    }
  | { readonly kind: 'join'; readonly stage: StageName }
  | { readonly kind: 'leave'; readonly stage: StageName; readonly which: number }
  | { readonly kind: 'brokers away'; readonly ms: number }
  | { readonly kind: 'store down'; readonly store: number; readonly ms: number }
  | { readonly kind: 'silent edit'; readonly workspace: number; readonly seed: number }
  | { readonly kind: 'walk'; readonly workspace: number; readonly as: 'backfill' | 'sweep' }
  /** The first notes and tasks of the lists are deleted, two of each: behind them everything moves. */
  | { readonly kind: 'lists shift'; readonly workspace: number }
  | { readonly kind: 'log cleaned' }
  /** An object cannot be seen for a while, and somebody presses the test button: one of its records is said to be deleted. */
  | { readonly kind: 'out of sight'; readonly workspace: number; readonly object: number; readonly ms: number }

export interface Schedule {
  readonly weather: Weather
  readonly commands: readonly Command[]
}
