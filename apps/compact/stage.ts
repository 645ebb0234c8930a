/**
 * The fold as a stage: observations in, latest states out, exactly what changed. Its tables are its own outputs. Which
 * observation wins is libs/crm/fold.ts, reading payloads is libs/attio, transactions and restore are libs/stream.
 */
import { type Observation, observe, type Rejection } from '@attio-stream/attio'
import type { Change, ChildState, RecordState } from '@attio-stream/contracts'
import { DEFAULT_RULES, type Folded, type FoldRules } from '@attio-stream/crm'
import type { Input, Output, Stage, Table, TableSpec, Task } from '@attio-stream/stream'
import { foldChild } from './child.ts'
import { deadLetter } from './dead-letter.ts'
import { foldEntry, isDirectoryKind } from './directory.ts'
import type { ChangeOutcome } from './outcome.ts'
import { foldRecord } from './record.ts'
import { expired, expiryTerm, forgetChild, forgetRecord } from './retention.ts'

export interface CompactOptions {
  /** How far Attio's answers may trail its writes, ms (R3). Default 3 000. */
  readonly lateReadMs?: number
  /** How long a deleted state is kept before its tombstone, ms (R4). Default 7 days. */
  readonly retentionMs?: number
  /** How much input a takeover without disk reads again, ms: longer than any read can be in flight. Default 10 minutes. */
  readonly rereadMs?: number
  /** An attribute type this code has never seen was met. */
  readonly onUnknownType?: (type: string) => void
  /** What became of a change: a fold's result, `rejected`, or `forgotten` (a tombstone came in). */
  readonly onChange?: (kind: string, result: Folded['kind'] | 'rejected' | 'forgotten') => void
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const tables = {
  records: {
    topic: 'crm.records',
    side: 'output',
    terms: (_key, state: RecordState) => expiryTerm(state),
  } satisfies TableSpec<'crm.records'>,
  children: {
    topic: 'crm.children',
    side: 'output',
    terms: (_key, state: ChildState) => expiryTerm(state),
  } satisfies TableSpec<'crm.children'>,
} as const

export interface CompactTables {
  readonly records: Table<'crm.records'>
  readonly children: Table<'crm.children'>
}

export function compactStage(options: CompactOptions = {}): Stage<typeof tables> {
  return {
    name: 'compact',
    from: ['attio.changes'],
    tables,
    rereadMs: options.rereadMs ?? 10 * MINUTE,
    task: (open) => new CompactTask(open, options),
  }
}

class CompactTask implements Task {
  readonly #tables: CompactTables
  readonly #options: CompactOptions
  readonly #rules: FoldRules

  constructor(open: CompactTables, options: CompactOptions) {
    this.#tables = open
    this.#options = options
    this.#rules = { lateReadMs: options.lateReadMs ?? DEFAULT_RULES.lateReadMs }
  }

  step(input: Input, now: number): readonly Output[] {
    const change = input.value as Change | null
    if (change === null) {
      this.#options.onChange?.('unknown', 'forgotten')
      return [...forgetRecord(input.key, this.#tables), ...forgetChild(input.key, this.#tables)]
    }
    const seen = this.#read(input.key, change)
    if (seen !== 'gone' && seen.kind === 'rejected') {
      this.#options.onChange?.(change.kind, 'rejected')
      return [deadLetter(input, change, seen.reason, now)]
    }
    const { result, outputs } = seen === 'gone' ? this.#bury(change) : this.#fold(change, seen)
    this.#options.onChange?.(change.kind, result)
    return change.source === 'backfill' ? outputs.map(unhurried) : outputs
  }

  tick(now: number): readonly Output[] {
    return expired(this.#tables, now - (this.#options.retentionMs ?? 7 * DAY))
  }

  #read(key: string, change: Change): Observation | Rejection | 'gone' {
    // Its states would belong to another partition, which another task writes.
    if (key !== change.id)
      return { kind: 'rejected', reason: 'The key of a change is not the id of the thing it is about.' }
    if (!change.gone) return observe(change, { onUnknownType: this.#options.onUnknownType ?? ignore })
    if (KINDS.has(change.kind)) return 'gone'
    return { kind: 'rejected', reason: `The change of ${change.id} is of a kind that is not known.` }
  }

  #fold(change: Change, seen: Observation): ChangeOutcome {
    switch (seen.kind) {
      case 'record':
        return foldRecord(change, seen, this.#tables.records.get(change.id)?.value, this.#rules)
      case 'note':
      case 'task':
      case 'entry':
        return foldChild(change, seen, this.#tables.children.get(change.id)?.value, this.#rules)
      case 'object':
      case 'list':
      case 'member':
        return foldEntry(change, seen, this.#tables.children.get(change.id)?.value, this.#rules)
    }
  }

  #bury(change: Change): ChangeOutcome {
    if (change.kind === 'record')
      return foldRecord(change, 'gone', this.#tables.records.get(change.id)?.value, this.#rules)
    const held = this.#tables.children.get(change.id)?.value
    return isDirectoryKind(change.kind)
      ? foldEntry(change, 'gone', held, this.#rules)
      : foldChild(change, 'gone', held, this.#rules)
  }
}

/** Says to whoever comes next that nobody waits for it: more about the same record is on its way. */
function unhurried(output: Output): Output {
  return { ...output, headers: { ...output.headers, source: 'backfill' } }
}

const KINDS = new Set<string>(['record', 'note', 'task', 'entry', 'object', 'list', 'member'])
const ignore = (): void => {}
