import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MemoryLog, memoryLog } from '@attio-stream/stream'
import { workedOff } from './worked-off.ts'

const never = new AbortController().signal
const message = (key: string) => ({ topic: 't', partition: 0, key, value: Buffer.from('x') })
async function given(messages: number, committed: number | null): Promise<MemoryLog> {
  const log = memoryLog({ topics: { t: 1 } })
  await log.produce(Array.from({ length: messages }, (_, n) => message(String(n))))
  const writer = await log.transactional('w')
  if (committed !== null)
    await writer.commit({ messages: [], group: 'g', offsets: [{ topic: 't', partition: 0, offset: committed }] })
  return log
}
const wait = (log: Pick<MemoryLog, 'ends' | 'committed' | 'read'>, patience = 10_000): Promise<boolean> =>
  workedOff({ log, group: 'g', topic: 't', deadline: performance.now() + patience, signal: never, every: 1 })

test('a group that has committed everything has worked it off', async () => {
  assert.equal(await wait(await given(3, 3)), true)
  assert.equal(await wait(await given(0, null)), true)
})

test('one that is behind is waited for, and what comes later is not', async () => {
  const log = await given(3, 1)
  const asked = Promise.withResolvers<void>()
  const committed = async (group: string, topic: string): Promise<readonly number[]> => {
    asked.resolve()
    return log.committed(group, topic)
  }
  const waiting = wait({ ends: (topic) => log.ends(topic), committed, read: (options) => log.read(options) })
  await asked.promise
  await log.produce([message('later')])
  const writer = await log.transactional('w')
  await writer.commit({ messages: [], group: 'g', offsets: [{ topic: 't', partition: 0, offset: 3 }] })
  assert.equal(await waiting, true)
})

test('markers of transactions behind the last message are not waited for', async () => {
  const log = await given(1, 1)
  const writer = await log.transactional('other')
  await writer.commit({ messages: [message('a')], group: 'x', offsets: [] })
  const commit = await log.transactional('w')
  await commit.commit({ messages: [], group: 'g', offsets: [{ topic: 't', partition: 0, offset: 2 }] })
  assert.ok(((await log.ends('t'))[0] ?? 0) > 2, 'there is a marker')
  assert.equal(await wait(log), true)
})

test('past the deadline it is said that it has not, and at once when the group does not run', async () => {
  assert.equal(await wait(await given(3, 1), -1), false)
  assert.equal(await wait(await given(3, null)), false)
})
