/**
 * The fold as a stage: observations in, latest states out, exactly what changed. Its tables are its own outputs. Which
 * observation wins is libs/crm/fold.ts, reading payloads is libs/attio, transactions and restore are libs/stream.
 */
import { type Observation, observe, type Rejection } from '@attio-stream/attio'
import type { Change, ChildState, RecordState } from '@attio-stream/contracts'
import { DEFAULT_RULES, type Folded, type FoldRules, outranked } from '@attio-stream/crm'
import {
  type Input,
  type Output,
  Poison,
  type Restepped,
  type Stage,
  type Table,
  type TableSpec,
  type Task,
} from '@attio-stream/stream'
import { foldChild } from './child.ts'
import { foldEntry, isDirectoryKind } from './directory.ts'
import { marked } from './marks.ts'
import { type ChangeOutcome, ignored } from './outcome.ts'
import { confirmation } from './raised.ts'
import { foldRecord } from './record.ts'
import { refold } from './refold.ts'
import { expired, expiryTerm, forgetChild, forgetRecord } from './retention.ts'

export interface CompactOptions {
  /** How far Attio's answers may trail its writes, ms (R3). Default 3 000. */
  readonly lateReadMs?: number
  /** How long a deleted state is kept before its tombstone, ms (R4). Default 7 days. */
  readonly retentionMs?: number
  /** How much input a takeover without disk reads again, ms: longer than any read can be in flight. Default 10 minutes. */
  readonly rereadMs?: number
  /** Reads a payload. Default libs/attio's. */
  readonly observe?: typeof observe
  /** An attribute type this code has never seen was met. */
  readonly onUnknownType?: (type: string) => void
  /** What became of a change of which source: a fold's result, `rejected`, or `forgotten` (a tombstone came in). */
  readonly onChange?: (kind: string, result: Folded['kind'] | 'rejected' | 'forgotten', source?: string) => void
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const tables = {
  records: {
    topic: 'crm.records',
    side: 'output',
    terms: (_key, state: () => RecordState, headers) => expiryTerm(state, headers),
  } satisfies TableSpec<'crm.records'>,
  children: {
    topic: 'crm.children',
    side: 'output',
    terms: (_key, state: () => ChildState, headers) => expiryTerm(state, headers),
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
    replay: 'attio.changes',
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
    const held = this.#held(change)
    const outcome = this.#fold(input.key, change, held)
    this.#options.onChange?.(change.kind, outcome.result, change.source)
    return [...marked(change, held, outcome), ...confirmation(change, held, outcome.result, now)]
  }

  tick(now: number): readonly Output[] {
    return expired(this.#tables, now - (this.#options.retentionMs ?? 7 * DAY))
  }

  #fold(key: string, change: Change, held: RecordState | ChildState | undefined): ChangeOutcome {
    // What is too old to say anything is not read: after a takeover without disk that is nearly all that is read again.
    const outdated = change.gone || key !== change.id ? undefined : outranked(held, change.fence, this.#rules)
    if (outdated !== undefined) return ignored(outdated)
    const seen = this.#read(key, change)
    if (seen === 'gone') return bury(change, held, this.#rules)
    if (seen.kind !== 'rejected') return foldSeen(change, seen, held, this.#rules)
    this.#options.onChange?.(change.kind, 'rejected', change.source)
    throw new Poison(seen.reason, { workspace: change.workspace_id })
  }

  #held({ kind, id }: Change): RecordState | ChildState | undefined {
    return kind === 'record' ? this.#tables.records.get(id)?.value : this.#tables.children.get(id)?.value
  }

  restep(input: Input, _now: number, { entries }: { readonly entries: boolean }): Restepped {
    const change = input.value as Change | null
    if (change === null || change.id !== input.key) return 'superseded'
    return refold(change, {
      held: this.#held(change),
      read: () => this.#observe(change),
      fold: (seen, held) => foldSeen(change, seen, held, this.#rules),
      entries,
    })
  }

  #observe(change: Change): Observation | Rejection {
    const { observe: read = observe, onUnknownType = ignore } = this.#options
    return read(change, { onUnknownType })
  }

  #read(key: string, change: Change): Observation | Rejection | 'gone' {
    // Its states would belong to another partition, which another task writes.
    if (key !== change.id)
      return { kind: 'rejected', reason: 'The key of a change is not the id of the thing it is about.' }
    if (!change.gone) return this.#observe(change)
    if (KINDS.has(change.kind)) return 'gone'
    return { kind: 'rejected', reason: `The change of ${change.id} is of a kind that is not known.` }
  }
}

function foldSeen(
  change: Change,
  seen: Observation,
  held: RecordState | ChildState | undefined,
  rules: FoldRules,
): ChangeOutcome {
  switch (seen.kind) {
    case 'record':
      return foldRecord(change, seen, held as RecordState | undefined, rules)
    case 'note':
    case 'task':
    case 'entry':
      return foldChild(change, seen, held as ChildState | undefined, rules)
    case 'object':
    case 'list':
    case 'member':
      return foldEntry(change, seen, held as ChildState | undefined, rules)
  }
}

function bury(change: Change, held: RecordState | ChildState | undefined, rules: FoldRules): ChangeOutcome {
  if (change.kind === 'record') return foldRecord(change, 'gone', held as RecordState | undefined, rules)
  const state = held as ChildState | undefined
  return isDirectoryKind(change.kind)
    ? foldEntry(change, 'gone', state, rules)
    : foldChild(change, 'gone', state, rules)
}

const KINDS = new Set<string>(['record', 'note', 'task', 'entry', 'object', 'list', 'member'])
const ignore = (): void => {}
