/** Who is behind, by consumer group, as the brokers see it. Offsets count markers of transactions too, so a little is nothing. */
import type { TopicName } from '@attio-stream/contracts'
import type { Log } from '@attio-stream/stream'

const READS: readonly (readonly [group: string, topic: TopicName])[] = [
  ['hydrate', 'attio.notices'],
  ['compact', 'attio.changes'],
  ['enrich', 'crm.records'],
  ['enrich', 'crm.attachments'],
  ['sink-postgres', 'crm.artifacts'],
  ['sink-opensearch', 'crm.artifacts'],
  ['sink-turbopuffer', 'crm.artifacts'],
]
const NOTHING = 20
const PATIENCE_MS = 2_000

/** For a line of progress; says so when the brokers do not answer at once. */
export async function laggards(log: Log): Promise<string> {
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), PATIENCE_MS)
  const all = Promise.all(READS.map(async ([group, topic]) => ({ group, messages: await lagOf(log, group, topic) })))
  const found = await Promise.race([all.catch(() => undefined), late.promise])
  clearTimeout(timer)
  if (found === undefined) return 'lag not known'
  const behind = new Map<string, number>()
  for (const { group, messages } of found) behind.set(group, (behind.get(group) ?? 0) + messages)
  const named = [...behind].filter(([, messages]) => messages > NOTHING)
  return named.length === 0 ? 'nobody lags' : `lag ${named.map(([group, n]) => `${group} ${n}`).join(', ')}`
}

async function lagOf(log: Log, group: string, topic: TopicName): Promise<number> {
  const [committed, ends] = await Promise.all([log.committed(group, topic), log.ends(topic)])
  return ends.reduce((sum, end, partition) => sum + Math.max(0, end - Math.max(0, committed[partition] ?? 0)), 0)
}
