import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogUnavailable } from './errors.ts'
import { logConformance } from './log.conformance.ts'
import { type MemoryLog, memoryLog } from './memory-log.ts'

logConformance('the memory log', () => {
  const names = Array.from({ length: 8 }, (_, i) =>
    [1, 2, 3, 4].map((count) => [`t${i}-${count}`, count] as const),
  ).flat()
  const log = memoryLog({ topics: Object.fromEntries(names) })
  const free = new Map([1, 2, 3, 4].map((count) => [count, names.filter(([, n]) => n === count).map(([name]) => name)]))
  return {
    connect: async () => log.connect(),
    topic: async (partitions) => free.get(partitions)?.pop() as string,
    kill: async (killed) => (killed as MemoryLog).crash(),
  }
})

test('compaction keeps the last message of every key, at its offset', async () => {
  const log = memoryLog({ topics: { t: 1 } })
  const message = (key: string, value: string | null) => ({
    topic: 't',
    partition: 0,
    key,
    value: value === null ? null : Buffer.from(value),
  })
  await log.produce([message('a', '1'), message('b', '1'), message('a', '2'), message('b', null)])
  log.compact('t')
  const seen: unknown[] = []
  const onMessages = (_: number, messages: readonly { key: string; offset: number }[]) =>
    void seen.push(...messages.map(({ key, offset }) => [key, offset]))
  await log.read({ topic: 't', from: new Map([[0, 0]]), until: 'end', onMessages }).done
  assert.deepEqual(seen, [
    ['a', 2],
    ['b', 3],
  ])
})

test('brokers that are away are said to be away', async () => {
  const log = memoryLog({ topics: { t: 1 } })
  log.setAway(true)
  await assert.rejects(log.produce([{ topic: 't', partition: 0, key: 'k', value: null }]), LogUnavailable)
  await assert.rejects(log.transactional('x-0'), LogUnavailable)
})
