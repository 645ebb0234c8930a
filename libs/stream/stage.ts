/**
 * A stage is a value: what it reads, what it keeps, what it writes. `step` is synchronous and pure over its tables;
 * run.ts runs it on a Log, exactly once (R7), drive.ts runs the same value in a test, without a broker.
 */
import type { TopicName, TopicValues } from '@attio-stream/contracts'

/** A message as a stage sees it. `value` is decoded on first use. */
export interface Input<T extends TopicName = TopicName> {
  readonly topic: T
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: TopicValues[T] | null
  /** The value as it stands in the log, for a dead letter; null: tombstone. */
  readonly bytes: Buffer | null
  readonly headers: Readonly<Record<string, string>>
  readonly timestamp: number
}

export type Output = {
  [T in TopicName]: {
    readonly topic: T
    readonly key: string
    readonly value: TopicValues[T] | null
    readonly headers?: Readonly<Record<string, string>>
    /** Changes the stage's output table and its disk, with the input's offset, but is not written to the topic (a fence that advanced without new content). */
    readonly localOnly?: true
  }
}[TopicName]

/**
 * A table is a topic (R8): the last value per key of this partition (`input`, `output`) or of the whole topic (`global`),
 * on disk, restored before the first step unless it is `behind`.
 */
export interface TableSpec<T extends TopicName = TopicName> {
  readonly topic: T
  /** input: shows a message before its step runs. output: shows the stage's own outputs at once. global: every partition. */
  readonly side: 'input' | 'output' | 'global'
  /**
   * Of an input table: after the disk was lost, it is filled behind live work. Until it is `complete` the task may not conclude
   * anything from what is missing; then it is told to look at everything (`recheck`).
   */
  readonly behind?: true
  /** Keep only this header instead of the value (then `get` gives a Kept with value undefined). */
  readonly keepHeader?: string
  /** Index terms of a value, which is decoded when it is asked for; found again by `byTerm`. Terms sort as UTF-8 bytes. */
  terms?(key: string, value: () => TopicValues[T], headers: Readonly<Record<string, string>>): readonly string[]
}

export interface Kept<T extends TopicName> {
  readonly value: TopicValues[T]
  /** The header named by keepHeader, else ''. */
  readonly header: string
  readonly partition: number
  readonly offset: number
}

export interface Table<T extends TopicName = TopicName> {
  get(key: string): Kept<T> | undefined
  has(key: string): boolean
  /** Entries whose term begins with `prefix`, by term. */
  byTerm(prefix: string): Iterable<{ readonly term: string; readonly key: string }>
  /** Keys of the entries with exactly this term, in no order; cheaper than `byTerm`. */
  withTerm(term: string): Iterable<string>
  keys(): Iterable<string>
  /** false: what is missing may come yet. */
  readonly complete: boolean
}

/** What became of an input taken once more: what has to be written (nothing, when nothing differs), or why it was left. */
export type Restepped = readonly Output[] | 'superseded' | 'unreadable'

export interface Task {
  /** One input message, in order per partition. Returned outputs, table changes and the input's offset are committed together. */
  step(input: Input, now: number): readonly Output[]
  /** An entry of a global table changed (the table shows the new state already). */
  globalChanged?(topic: TopicName, key: string): void
  /** The tables were rebuilt from topics, or the code changed: everything that was ever emitted has to be looked at again. */
  recheck?(): void
  /**
   * An input that was stepped long ago, taken again because the code changed (a replay). Its outputs are those that differ
   * from what was written, and ask nobody for anything. `superseded`: a later input said something else about the same.
   * `entries`: also what cannot be told to differ.
   */
  restep?(input: Input, now: number, wish: { readonly entries: boolean }): Restepped
  /**
   * Work owed besides direct outputs (dirty records), by urgency: `live` delays the commit of inputs, `background` does not.
   * `patient`: nobody waits for the live work, it may linger for long.
   */
  owed?(): { readonly live: number; readonly background: number; readonly patient?: boolean }
  /** Does at most `max` pieces of owed work, live first. */
  drain?(max: number, now: number): readonly Output[]
  /** About once a minute, for retention. */
  tick?(now: number): readonly Output[]
}

/** How long owed work may wait to be batched, ms: when caught up, and while catching up. Default 0. */
export interface Linger {
  readonly live: number
  readonly catchingUp: number
  /** Work that is patient waits until nothing has come for `quiet` ms, and at most `most`. Default: as while catching up. */
  readonly patient?: { readonly quiet: number; readonly most: number }
}

export interface Stage<Tables extends Readonly<Record<string, TableSpec>> = Readonly<Record<string, TableSpec>>> {
  /** Consumer group and transactional id prefix (`name-partition`). */
  readonly name: string
  /** Co-partitioned: partition p of each goes to task p. */
  readonly from: readonly TopicName[]
  readonly tables: Tables
  /** Of `from`: what a replay takes again, for tasks with a `restep`. */
  readonly replay?: TopicName
  /** After a takeover without disk, read this much of the input again, ms: what only local state knew (fences). Default 0. */
  readonly rereadMs?: number
  readonly linger?: Linger
  task(tables: { readonly [N in keyof Tables]: Table<Tables[N]['topic']> }): Task
}
