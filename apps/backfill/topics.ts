/** Reading topics for a sweep: only what is a workspace's, only from where the sweep began. */
import type { Log, StoredMessage } from '@attio-stream/stream'
import type { Since } from './walks.ts'

/** What a sweep looks back at. */
const WATCHED = ['attio.changes', 'attio.notices', 'crm.records', 'crm.children'] as const
export type WatchedTopic = (typeof WATCHED)[number]

export type SweepLog = Pick<Log, 'read' | 'ends'>

/** Where the topics end now. */
export async function sinceNow(log: SweepLog): Promise<Since> {
  return Object.fromEntries(await Promise.all(WATCHED.map(async (topic) => [topic, await log.ends(topic)] as const)))
}

export interface ReadingOptions {
  readonly log: SweepLog
  readonly workspace: string
  readonly topic: WatchedTopic
  /** null: from the beginning. */
  readonly since: Since | null
  readonly signal: AbortSignal
  readonly onMessages: (messages: readonly StoredMessage[]) => Promise<void> | void
}

/** The workspace's messages of the topic, to what is its end now. @throws LogUnavailable, or the signal's reason. */
export async function readTopic({ log, workspace, topic, since, signal, onMessages }: ReadingOptions): Promise<void> {
  const ends = await log.ends(topic)
  const from = ends.map((end, partition) => {
    const began = since?.[topic]?.[partition] ?? 0
    // A topic that was made anew is shorter than it was: everything in it is new.
    return [partition, began > end ? 0 : began] as const
  })
  const reader = log.read({
    topic,
    from: new Map(from),
    until: 'end',
    signal,
    onMessages: async (_partition, messages) => {
      const mine = messages.filter(({ headers }) => headers.workspace === workspace)
      if (mine.length > 0) await onMessages(mine)
    },
  })
  await reader.done
  signal.throwIfAborted()
}
