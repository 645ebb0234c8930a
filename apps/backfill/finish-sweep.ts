/**
 * The end of a sweep: nominations, then waiting until hydrate has read the nominees and compact has folded what came of it,
 * then the summary. Broken off anywhere, it is done again from the start: a nominee that was confirmed is not one again.
 */
import { type Log, sleep } from '@attio-stream/stream'
import type { JobOutcome } from './runs.ts'
import { nominateMissing, type SweepKey, type SweepOptions, summaryOf } from './sweep.ts'
import type { Summary } from './walks.ts'
import { workedOff } from './worked-off.ts'

export interface FinishOptions extends Omit<SweepOptions, 'log'> {
  readonly log: Pick<Log, 'read' | 'ends' | 'committed'>
  /** How long webhooks of edits that the sweep saw first may take, ms. */
  readonly grace: number
  /** How long nominees may take to be read and folded before the summary is made without them, ms. */
  readonly patience: number
  readonly onSummary: (key: SweepKey, summary: Summary) => void
}

/** @throws RunLater. */
export async function finishSweep(key: SweepKey, options: FinishOptions, signal: AbortSignal): Promise<JobOutcome> {
  const { workspace, run } = key
  const outcome = await nominateMissing(key, options, signal)
  if (outcome.kind !== 'done' || (await options.walks.summary(workspace, run)) !== null) return outcome
  await sleep(options.grace, signal)
  const waiting = { log: options.log, deadline: performance.now() + options.patience, signal }
  const read = await workedOff({ ...waiting, group: 'hydrate', topic: 'attio.notices' })
  const folded = await workedOff({ ...waiting, group: 'compact', topic: 'attio.changes' })
  const summary = { ...(await summaryOf(key, { ...options, signal })), complete: read && folded }
  await options.walks.summarise(workspace, run, summary)
  options.onSummary(key, summary)
  return outcome
}
