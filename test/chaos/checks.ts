/** What must be so when the chaos is over: asked of the emulators, the topics, the stores and `verify`. */
import { differences } from '../oracle/oracle.ts'
import { truthOf } from '../oracle/truth-of.ts'
import { artifacts } from '../support/topics.ts'
import { until } from '../support/until.ts'
import type { Acknowledged } from './acknowledged.ts'
import type { Ground } from './ground.ts'

export interface Findings {
  /** Acknowledged deliveries without a notice. */
  readonly lost: readonly string[]
  /** Artifacts a read-committed reader saw twice in a row. */
  readonly duplicates: readonly string[]
  /** What a store says and is not so, by the oracle; what `verify` said when it was not content. */
  readonly differences: readonly string[]
  readonly deadLetters: readonly string[]
}

/** Everything has an end: retried deliveries, trailing reads, what queued up behind them. */
const STILL_WITHIN_MS = 180_000
const MOST_TOLD = 20

export async function findings(ground: Ground, acknowledged: Acknowledged): Promise<Findings> {
  const { attio, topics } = ground
  const undelivered = () => {
    if (attio.deliveries.pending > 0) throw new Error(`${attio.deliveries.pending} are not acknowledged`)
  }
  await until('every delivery being acknowledged', undelivered, { withinMs: STILL_WITHIN_MS, everyMs: 200 })
  const { repeated } = await artifacts(topics)
  return {
    differences: await untrue(ground),
    lost: await acknowledged.lost(topics),
    duplicates: repeated,
    deadLetters: (await topics.deadLetters()).map(({ stage, reason }) => `${stage}: ${reason}`),
  }
}

/** Waits until nothing is left to say against any store, and gives what is when that does not come. */
async function untrue(ground: Ground): Promise<readonly string[]> {
  let found: readonly string[] = []
  const look = async () => {
    found = [...(await wrongInStores(ground)), ...(await saidByVerify(ground))]
    if (found.length > 0) throw new Error(`${found.length} differences`)
  }
  await until('the stores saying what is true', look, { withinMs: STILL_WITHIN_MS, everyMs: 1_000 }).catch(() => {})
  return found
}

async function wrongInStores({ attio, stores }: Ground): Promise<readonly string[]> {
  const truth = truthOf(attio.world)
  const all = await Promise.all(
    stores.map(async (store) => differences(truth, await store.all()).map((one) => `${store.name}: ${one}`)),
  )
  return all.flat().slice(0, MOST_TOLD)
}

async function saidByVerify({ system }: Ground): Promise<readonly string[]> {
  try {
    await system.command('apps/verify/main.ts', ['--wait', '20'])
    return []
  } catch (error) {
    return [`verify: ${(error as Error).message}`]
  }
}
