/**
 * One job of a run: the fan-out, or one stream. Says what became of it: done; skipped, with a sentence; or again later.
 * Queueing and retrying are jobs.ts.
 */
import { type AttioClient, AttioError, isAttioError } from '@attio-stream/attio'
import { isBug, type Output, type Publisher } from '@attio-stream/stream'
import type { Brake } from './brake.ts'
import { readDirectory } from './directory.ts'
import { type PlannedStream, parseStream } from './stream.ts'
import { requests, walkStream } from './walker.ts'
import type { RunKind, WalkKey, Walks } from './walks.ts'

export interface RunsOptions {
  /** What the runs are, and so the source of their changes. Default backfill. */
  readonly kind?: RunKind
  /** The client of an active workspace, on the run's share of its budget; a sentence when it cannot be walked now. */
  readonly clientOf: (workspace: string, kind: RunKind) => AttioClient | string
  /** Attio refuses the token. */
  readonly refused: (workspace: string, client: AttioClient) => Promise<void>
  readonly publisher: Publisher
  readonly walks: Walks
  readonly brake: Brake
  /** Rows a page, at most 50; default as many as Attio gives. */
  readonly pageSize?: number
  readonly onPage?: (
    key: WalkKey,
    page: { readonly rows: number; readonly rejected: number; readonly score: number | null },
  ) => void
  readonly onSkipped?: (key: WalkKey, reason: string) => void
  readonly onBug?: (key: WalkKey, error: unknown) => void
}

export type JobOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'skipped'; readonly reason: string /** Try it again tomorrow. */; readonly daily: boolean }
  | { readonly kind: 'failed'; readonly reason: string }

/** Something that may heal: run the job again later. */
export class RunLater extends Error {
  constructor(reason: string, options?: { readonly cause?: unknown }) {
    super(reason, options)
    this.name = 'RunLater'
  }
}

/** Reads the directory and plans the streams. @throws RunLater. */
export async function fanOut(
  key: WalkKey,
  options: RunsOptions,
  signal: AbortSignal,
): Promise<{ readonly outcome: JobOutcome; readonly streams: readonly PlannedStream[] }> {
  let streams: readonly PlannedStream[] = []
  const outcome = await attempt(key, options, signal, async (client) => {
    const directory = await readDirectory(client, { workspace: key.workspace, source: kindOf(options) }, signal)
    const headers = { workspace: key.workspace }
    const outputs = directory.changes.map(
      (change): Output => ({ topic: 'attio.changes', key: change.id, value: change, headers }),
    )
    for (const request of requests(outputs)) await options.publisher.publish(request)
    for (const reason of directory.skipped) options.onSkipped?.(key, reason)
    await options.walks.plan(key.workspace, key.run, directory.streams)
    await options.walks.advance(key, { cursor: null, rows: directory.changes.length, rejected: 0 })
    streams = directory.streams
  })
  return { outcome, streams }
}

/** Walks one stream from where it stands. @throws RunLater. */
export async function walkOne(key: WalkKey, options: RunsOptions, signal: AbortSignal): Promise<JobOutcome> {
  const stream = parseStream(key.stream)
  const walk = await options.walks.find(key)
  if (stream === undefined || walk === undefined) return { kind: 'failed', reason: `There is no stream ${key.stream}.` }
  if (walk.state === 'done') return { kind: 'done' }
  return attempt(key, options, signal, (client) => {
    const { publisher, walks, brake } = options
    return walkStream(walk, stream, {
      client,
      source: kindOf(options),
      publisher,
      walks,
      brake,
      signal,
      ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
      onPage: (page) => options.onPage?.(key, page),
    })
  })
}

/** Does the work and keeps what became of it. @throws RunLater. */
export async function attempt(
  key: WalkKey,
  options: RunsOptions,
  signal: AbortSignal,
  work: (client: AttioClient) => Promise<void>,
): Promise<JobOutcome> {
  const { walks } = options
  const later = async (reason: string, cause?: unknown): Promise<never> => {
    await walks.set(key, 'waiting', reason)
    throw new RunLater(reason, { cause })
  }
  const client = options.clientOf(key.workspace, kindOf(options))
  if (typeof client === 'string') return later(client)
  await walks.set(key, 'walking')
  let outcome: JobOutcome
  try {
    await work(client)
    outcome = { kind: 'done' }
  } catch (error) {
    if (isBug(error)) {
      options.onBug?.(key, error)
      return fail(walks, key, 'A bug of ours: look at the log.')
    }
    if (signal.aborted) return later('the process stopped', error)
    if (isAttioError(error, 'unauthorized')) await options.refused(key.workspace, client)
    outcome = meaning(error) ?? (await later(error instanceof Error ? error.message : String(error), error))
  }
  if (outcome.kind === 'skipped') options.onSkipped?.(key, outcome.reason)
  await walks.set(key, outcome.kind, outcome.kind === 'done' ? '' : outcome.reason)
  return outcome
}

const kindOf = ({ kind }: RunsOptions): RunKind => kind ?? 'backfill'

async function fail(walks: Walks, key: WalkKey, reason: string): Promise<JobOutcome> {
  await walks.set(key, 'failed', reason)
  return { kind: 'failed', reason }
}

/** undefined: it may heal. */
function meaning(error: unknown): JobOutcome | undefined {
  if (!(error instanceof AttioError)) return undefined
  switch (error.kind) {
    case 'object-disabled':
      return { kind: 'skipped', reason: error.message, daily: true }
    case 'forbidden':
    case 'not-found':
      return { kind: 'skipped', reason: error.message, daily: false }
    case 'filter':
    case 'invalid':
    case 'query-too-expensive':
      return { kind: 'failed', reason: error.message }
    case 'unauthorized':
    case 'merge-in-progress':
    case 'rate-limited':
    case 'unavailable':
      return undefined
  }
}
