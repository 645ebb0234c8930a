/**
 * What stands before crm.artifacts: while a stage has not worked off what it was given, the topic does not say yet what should
 * be in the stores. Waited for, so that "backfill, then verify" compares the whole.
 */
import { type Log, sleep } from '@attio-stream/stream'

export interface Upstream {
  readonly group: string
  readonly topic: string
}

export const STAGES: readonly Upstream[] = [
  { group: 'compact', topic: 'attio.changes' },
  { group: 'enrich', topic: 'crm.records' },
  { group: 'enrich', topic: 'crm.attachments' },
]

export interface UpstreamOptions {
  readonly log: Pick<Log, 'committed' | 'beginnings' | 'ends' | 'read'>
  readonly upstream: readonly Upstream[]
  readonly waitMs: number
  readonly signal?: AbortSignal
  readonly say: (line: string) => void
}

const POLL = 200

/** Resolves when all stages have committed what there was, in their order, or the time is over, which is said. */
export async function workedOff({ log, upstream, waitMs, signal, say }: UpstreamOptions): Promise<void> {
  const deadline = Date.now() + waitMs
  for (const one of upstream)
    while (await hasPending(log, one)) {
      if (Date.now() >= deadline) {
        say(`${one.group} has not worked off ${one.topic}: what it is still to write is not compared.`)
        return
      }
      await sleep(POLL, signal)
    }
}

/** Behind the last message there may be this many markers of transactions, and more: then there is more to do than to look. */
const FEW = 200

/** A group that has committed nothing yet may have everything in hand: a first backfill is held together for seconds. */
async function hasPending(log: UpstreamOptions['log'], { group, topic }: Upstream): Promise<boolean> {
  const [committed, beginnings, ends] = await Promise.all([
    log.committed(group, topic),
    log.beginnings(topic),
    log.ends(topic),
  ])
  const from = new Map<number, number>()
  for (const [partition, end] of ends.entries()) {
    const at = Math.max(committed[partition] ?? 0, beginnings[partition] ?? 0)
    if (end - at > FEW) return true
    if (at < end) from.set(partition, at)
  }
  if (from.size === 0) return false
  let messages = 0
  const onMessages = (_partition: number, read: readonly unknown[]) => {
    messages += read.length
  }
  await log.read({ topic, from, until: 'end', onMessages }).done
  return messages > 0
}
