/**
 * The join: record + attachments + directory → artifact. A change marks records dirty, dirty records are emitted in
 * batches, and whether one is emitted is decided by the hash of what was last emitted, never by whether the input looked new.
 * The joining itself is libs/crm/join.ts; reading, tables and transactions are libs/stream's.
 */
import type { Input, Linger, Output, Restepped, Stage, Table, TableSpec, Task } from '@attio-stream/stream'
import { askReferrers } from './ask.ts'
import { DirtySet } from './dirty.ts'
import { type Asking, emit, isDeadRecord, type Joining, type JoinTables } from './emit.ts'
import { attachmentTerms, recordOf, referenceTerms, referrers } from './terms.ts'

/** Index term of the records that died. */
const DEAD = 'dead'

const tables = {
  records: {
    topic: 'crm.records',
    side: 'input',
    behind: true,
    terms: (_key, state) => referenceTerms(state()),
  } satisfies TableSpec<'crm.records'>,
  attachments: {
    topic: 'crm.attachments',
    side: 'input',
    terms: (_key, attachment) => attachmentTerms(attachment()),
  } satisfies TableSpec<'crm.attachments'>,
  emitted: { topic: 'crm.artifacts', side: 'output', keepHeader: 'hash' } satisfies TableSpec<'crm.artifacts'>,
  names: {
    topic: 'crm.names',
    side: 'global',
    terms: (_key, name) => (isDeadRecord(name()) ? [DEAD] : []),
  } satisfies TableSpec<'crm.names'>,
} as const

/** A name that changes within this time of a backfilled message most likely came with the backfill too, ms. */
const QUIET_MS = 3_000

/** Dependants of one rename beyond this number are emitted behind live work instead of before it. */
const WIDE = 1_000

export interface EnrichOptions {
  /** How long a dirty record may wait to be emitted together with others, ms. */
  readonly linger: Linger
  /** Default libs/crm's. */
  readonly join?: Joining
}

export function enrichStage(options: EnrichOptions): Stage<typeof tables> {
  return {
    name: 'enrich',
    from: ['crm.records', 'crm.attachments'],
    tables,
    linger: options.linger,
    replay: 'crm.records',
    task: (open) => new EnrichTask(open, options.join),
  }
}

type Open = { readonly [N in keyof typeof tables]: Table<(typeof tables)[N]['topic']> }

class EnrichTask implements Task {
  readonly #tables: JoinTables
  readonly #dirty = new DirtySet()
  /** The last time told, and when a backfilled message last came. */
  #now = 0
  #backfilledAt = Number.NEGATIVE_INFINITY
  /** Keys of records and list entries to be read again because a record they refer to died. */
  readonly #reread = new Set<string>()
  /** Keys read again because what they are now refers to a dead record, and the offset of that state. */
  readonly #outdated = new Map<string, number>()
  readonly #asking: Asking = { asked: new Set(), outdated: (key) => this.#isOutdated(key) }
  readonly #join: Joining | undefined

  constructor(open: Open, join?: Joining) {
    this.#tables = open
    this.#join = join
  }

  step({ key, headers }: Input, now: number): readonly Output[] {
    const backfilled = headers.source === 'backfill'
    if (backfilled) this.#backfilledAt = now
    this.#now = now
    this.#dirty.addLive(recordOf(key), !backfilled)
    return []
  }

  globalChanged(_topic: string, key: string): void {
    const found = referrers(key, this.#tables)
    const dependants = new Set([...found].map(recordOf))
    for (const record of dependants)
      if (dependants.size > WIDE) this.#dirty.addBackground(record)
      else this.#dirty.addLive(record, this.#now - this.#backfilledAt > QUIET_MS)
    const name = this.#tables.names.get(key)?.value
    if (name !== undefined && isDeadRecord(name)) for (const referrer of found) this.#reread.add(referrer)
  }

  recheck(): void {
    for (const record of this.#tables.records.keys()) this.#dirty.addBackground(record)
    for (const record of this.#tables.emitted.keys()) this.#dirty.addBackground(record)
    // Whoever still refers to a dead record may not have been asked for before the tables were lost.
    for (const name of this.#tables.names.withTerm(DEAD))
      for (const referrer of referrers(name, this.#tables)) this.#reread.add(referrer)
  }

  /** A record is looked at where its newest state stands in the topic; what has to be asked for is left to live work. */
  restep({ key, offset }: Input, now: number): Restepped {
    if (this.#tables.records.get(key)?.offset !== offset) return 'superseded'
    const asking = { asked: new Set<string>(), outdated: () => {} }
    return emit(key, this.#tables, asking, now, this.#join).filter(({ topic }) => topic === 'crm.artifacts')
  }

  /** It came after the death was known, from a read before it: Attio may have more to say (R5). Asked once a state. */
  #isOutdated(key: string): void {
    const { offset } = this.#tables.records.get(key) ?? this.#tables.attachments.get(key) ?? {}
    if (offset === undefined || this.#outdated.get(key) === offset) return
    this.#outdated.set(key, offset)
    this.#reread.add(key)
  }

  owed(): { readonly live: number; readonly background: number; readonly patient: boolean } {
    const patient = !this.#dirty.urgent && this.#reread.size === 0
    return { live: this.#dirty.live + this.#reread.size, background: this.#dirty.background, patient }
  }

  drain(max: number, now: number): readonly Output[] {
    this.#now = now
    const outputs: Output[] = []
    for (const record of this.#dirty.take(max))
      outputs.push(...emit(record, this.#tables, this.#asking, now, this.#join))
    outputs.push(...askReferrers(this.#reread, max, this.#tables, now))
    return outputs
  }
}
