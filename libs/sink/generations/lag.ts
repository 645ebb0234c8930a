/** How far a generation's group has come in crm.artifacts. */
import type { Log } from '@attio-stream/stream'

export const TOPIC = 'crm.artifacts'

export interface Position {
  readonly committed: readonly number[]
  readonly done: number
  readonly total: number
}

type Offsets = Pick<Log, 'ends' | 'beginnings' | 'committed'>

export async function positionOf(log: Offsets, group: string): Promise<Position> {
  const [ends, begins, committed] = await Promise.all([
    log.ends(TOPIC),
    log.beginnings(TOPIC),
    log.committed(group, TOPIC),
  ])
  let done = 0
  let total = 0
  const from = ends.map((end, p) => Math.min(end, Math.max(committed[p] ?? -1, begins[p] ?? 0)))
  for (const [p, end] of ends.entries()) {
    total += end - (begins[p] ?? 0)
    done += (from[p] ?? 0) - (begins[p] ?? 0)
  }
  return { committed: from, done, total }
}

/** Messages not committed yet: offsets behind the last message hold only markers of transactions, so the end is looked at. */
export async function messagesAfter(
  log: Pick<Log, 'read'>,
  from: readonly number[],
  signal: AbortSignal,
): Promise<number> {
  let messages = 0
  const onMessages = (_: number, read: readonly unknown[]) => {
    messages += read.length
  }
  await log.read({ topic: TOPIC, from: new Map(from.entries()), until: 'end', onMessages, signal }).done
  signal.throwIfAborted()
  return messages
}
