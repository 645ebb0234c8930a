/**
 * Whether anything is still under way: no message that its reader has not committed, nothing owed, the directory read to its
 * end, and nothing written while looking. Offsets alone do not say it: the end of a topic may be a transaction's marker.
 */
import assert from 'node:assert/strict'
import type { TopicName } from '@attio-stream/contracts'
import type { MemoryLog, StoredMessage } from '@attio-stream/stream'
import type { Process } from './processes.ts'

/** Who reads what, in the order things flow. */
const READERS: readonly (readonly [group: string, topic: TopicName])[] = [
  ['hydrate', 'attio.notices'],
  ['compact', 'attio.changes'],
  ['enrich', 'crm.records'],
  ['enrich', 'crm.attachments'],
  ['sink-memory', 'crm.artifacts'],
]
const TOPICS: readonly TopicName[] = [...new Set([...READERS.map(([, topic]) => topic), 'crm.names' as const])]

/** @throws while something is under way, saying what. */
export async function still(log: MemoryLog, processes: readonly Process[]): Promise<void> {
  const before = await ends(log)
  await idle(log, processes)
  // A transaction decided just now shows within a few turns of the event loop.
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  await idle(log, processes)
  assert.deepEqual(await ends(log), before, 'something was written just now')
}

/** Messages of the topic from these offsets on; a partition not named is read from its beginning. */
export async function messagesOf(
  log: MemoryLog,
  topic: TopicName,
  from: readonly number[] = [],
): Promise<readonly StoredMessage[]> {
  const found: StoredMessage[] = []
  const partitions = Array.from({ length: await log.partitions(topic) }, (_, partition) => partition)
  const starts = new Map(partitions.map((partition) => [partition, Math.max(0, from[partition] ?? 0)]))
  await log.read({ topic, from: starts, until: 'end', onMessages: (_, messages) => void found.push(...messages) }).done
  return found
}

async function idle(log: MemoryLog, processes: readonly Process[]): Promise<void> {
  for (const [group, topic] of READERS) {
    const unread = await messagesOf(log, topic, await log.committed(group, topic))
    assert.equal(unread.length, 0, `${group} has not read all of ${topic}`)
  }
  for (const process of processes) assert.equal(process.owed(), 0, 'work is owed')
  const tables = processes.flatMap((process) => process.names())
  const tail = await messagesOf(
    log,
    'crm.names',
    (await log.ends('crm.names')).map((end) => end - 3),
  )
  for (const { key, offset } of new Map(tail.map((message) => [message.key, message])).values())
    for (const table of tables) assert.equal(table.get(key)?.offset, offset, 'the directory is not read to its end')
}

async function ends(log: MemoryLog): Promise<Readonly<Record<string, readonly number[]>>> {
  return Object.fromEntries(await Promise.all(TOPICS.map(async (topic) => [topic, await log.ends(topic)] as const)))
}
