/** The stage on a log in memory, as it runs in production: transactions, partitions, tables on disk. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Change, TOPIC_NAMES, TOPICS, type TopicName } from '@attio-stream/contracts'
import { type Log, memoryCodec, memoryLog, partitionOf, runStage, type StoredMessage } from '@attio-stream/stream'
import * as given from './given.ts'
import { compactStage } from './stage.ts'

const PARTITIONS = 4
const codec = memoryCodec()

async function produce(log: Log, changes: readonly Change[]): Promise<void> {
  await log.produce(
    changes.map((change) => {
      const partition = partitionOf(TOPICS['attio.changes'], change.id, PARTITIONS)
      return { topic: 'attio.changes', partition, key: change.id, value: codec.encode('attio.changes', change) }
    }),
  )
}

async function read(log: Log, topic: TopicName): Promise<readonly StoredMessage[]> {
  const all: StoredMessage[] = []
  const from = new Map(Array.from({ length: await log.partitions(topic) }, (_, partition) => [partition, 0]))
  const reader = log.read({
    topic,
    from,
    until: 'end',
    onMessages: (_partition, messages) => void all.push(...messages),
  })
  await reader.done
  return all
}

/** Until everything produced so far is folded and committed. */
async function settled(log: Log): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const [ends, committed] = [await log.ends('attio.changes'), await log.committed('compact', 'attio.changes')]
    if (ends.every((end, partition) => end === 0 || committed[partition] === end)) return
    assert.ok(Date.now() < deadline, `folded up to ${committed} of ${ends}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const keys = (messages: readonly StoredMessage[]) => messages.map(({ key }) => key).sort()

test('R7, R8: folds every partition exactly once, keeps fences local, and goes on without its disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'compact-'))
  const log = memoryLog({ topics: Object.fromEntries(TOPIC_NAMES.map((topic) => [topic, PARTITIONS])) })
  try {
    const first = runStage(compactStage(), { log, codec, directory: join(directory, 'a') })
    const ids = Array.from({ length: 40 }, (_, index) => `c${index}`)
    await produce(
      log,
      ids.map((id) => given.company(id, 100, { name: given.text(id) })),
    )
    await produce(
      log,
      ids.map((id) => given.company(id, 300, { name: given.text(id) })),
    )
    await produce(log, [given.task('t1', 100, ['c1', 'c2']), { ...given.company('bad', 100), payload: '{}' }])
    await Promise.race([settled(log), first.failed])
    await first.stop()
    assert.deepEqual(keys(await read(log, 'crm.records')), ids.toSorted(), 'the second read of each wrote nothing')
    assert.deepEqual(keys(await read(log, 'crm.attachments')), ['c1/task/t1', 'c2/task/t1'])
    const [letter] = await read(log, 'crm.dead-letters')
    assert(letter?.value)
    const { value, offset } = codec.decode('crm.dead-letters', letter.value)
    assert(value !== null && offset !== null)
    assert.equal(codec.decode('attio.changes', value).id, 'bad', 'the letter holds the very bytes')

    const second = runStage(compactStage(), { log, codec, directory: join(directory, 'b') })
    await produce(
      log,
      ids.map((id) => given.company(id, 200, { name: given.text(`late ${id}`) })),
    )
    await produce(log, [given.company('new', 100)])
    await Promise.race([settled(log), second.failed])
    await second.stop()
    assert.deepEqual(keys(await read(log, 'crm.records')), [...ids, 'new'].sort(), 'the fence 300 was read again')
  } finally {
    await log.close()
    await rm(directory, { recursive: true })
  }
})
