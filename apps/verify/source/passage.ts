/**
 * What is on its way from Attio to crm.*: notices hydrate has not settled, changes compact has not folded. A thing that is on
 * its way cannot be judged yet. Only named keys count, so that constant traffic about others holds nobody up.
 */
import { TOPICS, type TopicName } from '@attio-stream/contracts'
import { type Log, partitionOf, sleep } from '@attio-stream/stream'

/** In the order things flow. */
export const PASSAGE: readonly (readonly [group: string, topic: TopicName])[] = [
  ['hydrate', 'attio.notices'],
  ['compact', 'attio.changes'],
]

export interface PassageOptions {
  readonly log: Pick<Log, 'committed' | 'beginnings' | 'ends' | 'read' | 'partitions'>
  readonly waitMs: number
  readonly signal?: AbortSignal
}

const POLL = 200

/** Waits until what is in the log now about these keys has passed; gives the keys it has not passed for in time. */
export async function passed(keys: Iterable<string>, options: PassageOptions): Promise<ReadonlySet<string>> {
  const deadline = Date.now() + options.waitMs
  const left = new Set<string>()
  for (const [group, topic] of PASSAGE) {
    const ends = await options.log.ends(topic)
    for (;;) {
      const pending = await pendingOf([...keys], { group, topic, ends }, options)
      if (pending.size === 0) break
      if (Date.now() >= deadline) {
        for (const key of pending) left.add(key)
        break
      }
      await sleep(POLL, options.signal)
    }
  }
  return left
}

/** Keys with a message before `ends` that the group has not committed. A group that never committed does not run here. */
async function pendingOf(
  keys: readonly string[],
  { group, topic, ends }: { readonly group: string; readonly topic: TopicName; readonly ends: readonly number[] },
  { log, signal }: PassageOptions,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const [committed, beginnings] = await Promise.all([log.committed(group, topic), log.beginnings(topic)])
  if (committed.every((offset) => offset < 0)) return found
  const wanted = new Set(keys)
  const partitions = new Set(keys.map((key) => partitionOf(TOPICS[topic], key, ends.length)))
  const from = new Map<number, number>()
  for (const partition of partitions) {
    const at = Math.max(committed[partition] ?? 0, beginnings[partition] ?? 0)
    if (at < (ends[partition] ?? 0)) from.set(partition, at)
  }
  if (from.size === 0) return found
  await log.read({
    topic,
    from,
    until: 'end',
    ...(signal === undefined ? {} : { signal }),
    onMessages: (partition, messages) => {
      for (const { key, offset } of messages) if (offset < (ends[partition] ?? 0) && wanted.has(key)) found.add(key)
    },
  }).done
  signal?.throwIfAborted()
  return found
}
