/**
 * Repairs stores: compares, writes again what differs, and compares again, until nothing differs that can be mended. Doing it
 * twice, or while everything runs, does no harm. How a document is written again is rewrite.ts's.
 */
import type { Difference } from '@attio-stream/sink'
import { sleep } from '@attio-stream/stream'
import { type Rewritten, rewrite } from './rewrite.ts'
import { type StoreReport, type VerifyOptions, type VerifyReport, verify } from './verify.ts'

export interface StoreRepair extends Rewritten {
  readonly store: string
  /** In which comparison the differences were found, from 1. */
  readonly round: number
  /** Why the store could not be repaired, or null. */
  readonly failure: string | null
}
export interface RepairReport {
  readonly before: VerifyReport
  readonly repairs: readonly StoreRepair[]
  readonly after: VerifyReport
  /** Documents left alone, being of workspaces that crm.artifacts does not know at all: they may be another cell's. */
  readonly foreign: number
}

export interface RepairOptions extends VerifyOptions {
  /** Before each further round, ms. */
  readonly pausesMs?: readonly number[]
}

/**
 * The last pause is longer than OpenSearch remembers the version of what was removed (index.gc_deletes, 60 s): until then it
 * takes nothing older.
 */
const PAUSES = [0, 1_000, 65_000]

export async function repair(options: RepairOptions): Promise<RepairReport> {
  const { pausesMs = PAUSES, say = () => {}, signal } = options
  await openAll(options)
  const before = await verify(options)
  const repairs: StoreRepair[] = []
  let after = before
  for (const [index, pause] of pausesMs.entries()) {
    const broken = after.stores.filter((store) => mendable(store, after, options).length > 0)
    if (broken.length === 0) break
    if (pause > 0) say(`Some of it still differs; trying again in ${Math.ceil(pause / 1000)} s.`)
    await sleep(pause, signal)
    for (const store of broken) repairs.push(await repairStore(store, after, index + 1, options))
    after = await verify(options)
  }
  const foreign = after.stores.reduce(
    (sum, store) => sum + store.differences.length - mendable(store, after, options).length,
    0,
  )
  return { before, repairs, after, foreign }
}

async function repairStore(
  report: StoreReport,
  { workspaces }: VerifyReport,
  round: number,
  options: RepairOptions,
): Promise<StoreRepair> {
  const { store } = report
  const differences = mendable(report, { workspaces }, options)
  const sink = options.stores.find(({ name }) => name === store)
  if (sink === undefined) throw new TypeError(`there is no sink ${store}`)
  options.say?.(`Repairing ${differences.length} documents in ${store} …`)
  try {
    return {
      store,
      round,
      failure: null,
      ...(await rewrite(sink, differences, { ...options, thorough: round > 1 })),
    }
  } catch (error) {
    options.signal?.throwIfAborted()
    const failure = error instanceof Error ? error.message : String(error)
    return { store, round, failure, written: 0, forgotten: 0, superseded: 0, refused: [] }
  }
}

/** A store that was lost altogether is made again. One that cannot be opened is reported by the comparison. */
async function openAll({
  stores,
  signal = new AbortController().signal,
  say = () => {},
}: RepairOptions): Promise<void> {
  for (const sink of stores)
    await sink.open(signal).catch((error: unknown) => {
      signal.throwIfAborted()
      say(`${sink.name} cannot be opened: ${error instanceof Error ? error.message : String(error)}`)
    })
}

/** A document of an unknown workspace is removed only when the workspace was named: a wrong CELL must not empty a store. */
function mendable(
  { differences }: StoreReport,
  { workspaces }: Pick<VerifyReport, 'workspaces'>,
  { workspace }: RepairOptions,
): readonly Difference[] {
  const known = new Set(workspace === undefined ? workspaces : [...workspaces, workspace])
  return differences.filter((one) => one.should !== null || known.has(one.workspace))
}
