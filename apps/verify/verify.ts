/**
 * Compares stores with crm.artifacts while everything runs: reads the topic, lets each sink come as far, scans its store,
 * and judges nothing that changed meanwhile. Reads only; repair.ts writes.
 */
import {
  type Comparison,
  compare,
  type Difference,
  type Expected,
  expectationsIn,
  readBuried,
  readChanged,
  readExpected,
  type Sink,
  type Source,
  sinkGroup,
} from '@attio-stream/sink'
import { sleep } from '@attio-stream/stream'
import { type Upstream, workedOff } from './upstream.ts'

export interface VerifyOptions extends Source {
  readonly stores: readonly Sink[]
  /** Only this workspace. */
  readonly workspace?: string
  /** How long stages may take to work off what they were given, and each sink to come to where the topic was read to, ms. */
  readonly waitMs: number
  /** Stages that write crm.artifacts. Default none. */
  readonly upstream?: readonly Upstream[]
  readonly say?: (line: string) => void
}

export interface StoreReport extends Omit<Comparison, 'differences'> {
  readonly store: string
  /** Messages of crm.artifacts the sink has not committed, of those there were when the topic was read. */
  readonly lag: number
  /** Keys that differed and changed while the store was scanned. */
  readonly moving: number
  readonly differences: readonly Difference[]
  /** Why the store could not be compared, or null. */
  readonly failure: string | null
}
export interface VerifyReport {
  /** Living documents there should be. */
  readonly documents: number
  readonly dead: number
  readonly unreadable: number
  /** Those crm.artifacts knows, alive or dead. */
  readonly workspaces: readonly string[]
  readonly stores: readonly StoreReport[]
}

/** 0: all as it should be. 1: something differs. 2: not everything could be compared. */
export function exitCodeOf({ stores }: VerifyReport): 0 | 1 | 2 {
  if (stores.some(({ differences }) => differences.length > 0)) return 1
  return stores.every(({ failure, lag, moving }) => failure === null && lag === 0 && moving === 0) ? 0 : 2
}

/** Throws when crm.artifacts cannot be read; a store that cannot be read is said in its report. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { stores, workspace, say = () => {} } = options
  await workedOff({ ...options, upstream: options.upstream ?? [], say })
  say('Reading crm.artifacts …')
  const expected = await readExpected(options, workspace)
  let dead = 0
  const workspaces = new Set<string>()
  for (const { hash, workspace: of } of expected.byId.values()) {
    if (hash === '') dead++
    workspaces.add(of)
  }
  const reports: StoreReport[] = []
  for (const sink of stores) {
    say(`Comparing ${sink.name} …`)
    reports.push(await verifyStore(sink, expected, options))
  }
  const { unreadable } = expected
  return { documents: expected.byId.size - dead, dead, unreadable, workspaces: [...workspaces].sort(), stores: reports }
}

async function verifyStore(sink: Sink, expected: Expected, options: VerifyOptions): Promise<StoreReport> {
  const store = sink.name
  const { committed, lag } = await caughtUp(sink, expected, options)
  const buried = await readBuried(options, store)
  const { workspace } = options
  const judging = {
    expected: expectationsIn(expected.byId),
    committed,
    buried,
    ...(workspace === undefined ? {} : { workspace }),
  }
  try {
    await sink.refresh()
    const { differences, ...counts } = await compare(sink.scan(), judging)
    const changed = differences.length === 0 ? new Set<string>() : await readChanged(options, expected.read)
    const still = differences.filter(({ id }) => !changed.has(id))
    return { store, lag, moving: differences.length - still.length, ...counts, differences: still, failure: null }
  } catch (error) {
    options.signal?.throwIfAborted()
    const failure = error instanceof Error ? error.message : String(error)
    const none = { documents: 0, marks: 0, leftOver: 0, pending: 0, newer: 0, more: 0, moving: 0, differences: [] }
    return { store, lag, ...none, failure }
  }
}

const TOPIC = 'crm.artifacts'
const POLL = 100

/** Waits until the sink has committed all that was read, or the time is over. */
async function caughtUp(sink: Sink, { read }: Expected, { log, waitMs, signal }: VerifyOptions) {
  const deadline = Date.now() + waitMs
  for (;;) {
    const committed = await log.committed(sinkGroup(sink.name, sink.generation), TOPIC)
    const lag = read.reduce((sum, end, p) => sum + Math.max(0, end - Math.max(0, committed[p] ?? 0)), 0)
    if (lag === 0 || Date.now() >= deadline) return { committed, lag }
    await sleep(POLL, signal)
  }
}
