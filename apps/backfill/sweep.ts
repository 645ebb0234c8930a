/**
 * A sweep: the backfill's walk with source `sweep`, then whatever is known and was not met is nominated, and hydrate confirms
 * each by GET (R4); then what it healed is counted. Each step may be done again after a crash. When one is due is watch.ts;
 * queueing is jobs.ts.
 */
import { type AttioClient, isAttioError, readLists } from '@attio-stream/attio'
import type { Notice } from '@attio-stream/contracts'
import type { Codec, Output } from '@attio-stream/stream'
import { type HealedOptions, healedSince } from './healed.ts'
import { findMissing, LISTS, type Missing } from './missing.ts'
import { attempt, fanOut, type JobOutcome, type RunsOptions, walkOne } from './runs.ts'
import { DIRECTORY, MISSING } from './stream.ts'
import { type SweepLog, sinceNow } from './topics.ts'
import { isOver, type Summary, type Walk } from './walks.ts'

export interface SweepOptions extends Omit<RunsOptions, 'kind'> {
  readonly log: SweepLog
  readonly codec: Codec
  readonly onNominated?: (missing: readonly Missing[]) => void
}
export interface SweepKey {
  readonly workspace: string
  readonly run: string
}

/** Nominees published before the brake is asked again. */
const AT_ONCE = 200

/**
 * A whole sweep up to the nominations, one stream after the other; called again with the same run it goes on where it stood.
 * Gives the streams as they ended. @throws RunLater when something may heal: call it again.
 */
export async function sweepOne(key: SweepKey, options: SweepOptions, signal: AbortSignal): Promise<readonly Walk[]> {
  const { walks } = options
  const { workspace, run } = key
  await walks.begin(workspace, run, 'sweep')
  const planned = await walks.find({ ...key, stream: MISSING })
  if (planned === undefined) await planSweep(key, options, signal)
  for (const walk of await walks.ofRun(workspace, run))
    if (walk.stream !== DIRECTORY && walk.stream !== MISSING && !isOver(walk))
      await walkOne(walk, { ...options, kind: 'sweep' }, signal)
  await nominateMissing(key, options, signal)
  return walks.ofRun(workspace, run)
}

/** The first step: remembers where topics end, before anything is read, then reads the directory and plans the streams. */
export async function planSweep(key: SweepKey, options: SweepOptions, signal: AbortSignal): Promise<JobOutcome> {
  const { workspace, run } = key
  await options.walks.keepSince(workspace, run, await sinceNow(options.log))
  const { outcome } = await fanOut({ ...key, stream: DIRECTORY }, { ...options, kind: 'sweep' }, signal)
  if (outcome.kind === 'done') await options.walks.plan(workspace, run, [{ name: MISSING, title: MISSING }])
  return outcome
}

/** The last step but counting: asks hydrate to confirm what is known and was not met. All other streams must be over. */
export async function nominateMissing(key: SweepKey, options: SweepOptions, signal: AbortSignal): Promise<JobOutcome> {
  const { workspace, run } = key
  const { walks, log, codec, publisher, brake } = options
  const walk = await walks.find({ ...key, stream: MISSING })
  if (walk === undefined) return { kind: 'failed', reason: 'The directory of the workspace was not read.' }
  if (walk.state === 'done') return { kind: 'done' }
  return attempt(walk, { ...options, kind: 'sweep' }, signal, async (client) => {
    const since = (await walks.since(workspace, run)) ?? {}
    const done = (await walks.ofRun(workspace, run)).filter(({ state }) => state === 'done')
    const walked = new Set([...done.map(({ stream }) => stream), LISTS])
    const found = await findMissing({ log, codec, workspace, since, walked, signal })
    const missing = await withoutListsStillThere(client, found, signal)
    for (let from = 0; from < missing.length; from += AT_ONCE) {
      await brake.free(signal)
      const some = missing.slice(from, from + AT_ONCE)
      await publisher.publish(some.map((one) => nomination(workspace, one)))
      await walks.advance(walk, { cursor: null, rows: some.length, rejected: 0 })
    }
    options.onNominated?.(missing)
  })
}

/** What the sweep came to; `complete` is the caller's to know. Call it when hydrate and compact have worked everything off. */
export async function summaryOf(
  key: SweepKey,
  options: Omit<HealedOptions, 'workspace' | 'since'> & Pick<SweepOptions, 'walks'>,
): Promise<Omit<Summary, 'complete'>> {
  const { workspace, run } = key
  const since = (await options.walks.since(workspace, run)) ?? {}
  const nominated = (await options.walks.find({ ...key, stream: MISSING }))?.rows ?? 0
  return { nominated, ...(await healedSince({ ...options, workspace, since })) }
}

/** No stream walks lists: those not met are looked for once more, and left alone when they may not be listed at all. */
async function withoutListsStillThere(
  client: AttioClient,
  missing: readonly Missing[],
  signal: AbortSignal,
): Promise<readonly Missing[]> {
  if (!missing.some(({ kind }) => kind === 'list')) return missing
  try {
    const there = new Set((await readLists(client, { signal })).data.rows.map(({ id }) => id))
    return missing.filter(({ kind, id }) => kind !== 'list' || !there.has(id))
  } catch (error) {
    if (!isAttioError(error, 'forbidden')) throw error
    return missing.filter(({ kind }) => kind !== 'list')
  }
}

function nomination(workspace: string, { kind, id, holder }: Missing): Output {
  const value: Notice = {
    workspace_id: workspace,
    source: 'sweep',
    event_type: 'reread',
    kind,
    id,
    object_id: kind === 'record' ? holder : null,
    list_id: kind === 'entry' || kind === 'list' ? holder : null,
    parent_record_id: null,
    parent_object_id: null,
    related_id: null,
    nominates: true,
    actor_type: null,
    actor_id: null,
    delivery_key: null,
    received_at: Date.now(),
  }
  return { topic: 'attio.notices', key: id, value, headers: { workspace } }
}
