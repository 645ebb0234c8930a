/**
 * One look at every workspace that may be read: what is seen is kept, and a sweep begins when one is due and nothing else
 * walks the workspace. One that cannot begin now stays wanted. What makes one due is watch.ts.
 */
import type { AttioClient } from '@attio-stream/attio'
import type { Jobs } from './jobs.ts'
import type { Walks } from './walks.ts'
import { see, type Watched, wish } from './watch.ts'
import type { WatchBook } from './watch-in-postgres.ts'

export interface LookOptions {
  readonly workspaces: () => readonly { readonly workspace: string; readonly webhook: string | null }[]
  readonly clientOf: (workspace: string) => AttioClient | string
  readonly book: WatchBook
  readonly walks: Walks
  readonly jobs: Pick<Jobs, 'enqueue'>
  /** 0: never only because it is time. */
  readonly everyMs: number
  readonly signal: AbortSignal
  readonly onDue: (workspace: string, reason: string) => void
  readonly onTrouble: (workspace: string, error: unknown) => void
}

export async function lookAtAll(options: LookOptions): Promise<void> {
  for (const one of options.workspaces()) {
    options.signal.throwIfAborted()
    try {
      await lookAt(one, options)
    } catch (error) {
      if (options.signal.aborted) throw error
      options.onTrouble(one.workspace, error)
    }
  }
  await options.book.forgetOld()
}

async function lookAt(
  one: { readonly workspace: string; readonly webhook: string | null },
  options: LookOptions,
): Promise<void> {
  const { workspace } = one
  const { book, walks, jobs, signal } = options
  const client = options.clientOf(workspace)
  if (typeof client === 'string') return
  const sight = await see(client, one, signal)
  const before: Watched | undefined = await book.find(workspace)
  const lastSweep = await book.lastSweep(workspace)
  const reason = wish(before, sight, { now: Date.now(), everyMs: options.everyMs, lastSweep })
  await book.keep(workspace, sight, reason)
  const again = { workspace, kind: 'sweep', reason: '' } as const
  // One that is under way may have lost its job with the process that asked for it: asking again costs nothing.
  if ((await walks.unfinished(workspace, 'sweep')) !== undefined) await jobs.enqueue(again, walks, new Date())
  else if (reason !== null && (await walks.unfinished(workspace, 'backfill')) === undefined) {
    options.onDue(workspace, reason)
    await jobs.enqueue({ ...again, reason }, walks, new Date())
    await book.begun(workspace, sight.schema)
  }
}
