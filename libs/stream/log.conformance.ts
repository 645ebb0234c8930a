/**
 * What every Log promises, in sentences. Run by memory-log.test.ts and kafka-log.wire.test.ts; a new adapter begins here.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FencedError } from './errors.ts'
import { Given, keys, text, until } from './log.given.ts'
import type { Log, StoredMessage } from './log.ts'
import { groupFacts } from './log-groups.conformance.ts'

export interface LogUnderTest {
  /** A client of its own, as another process would have. */
  connect(): Promise<Log>
  /** A new topic with a name nobody has used, and this many partitions. */
  topic(partitions: number): Promise<string>
  /** What happens to a process that is killed: nothing of it goes on, nobody is told. */
  kill(log: Log): Promise<void>
}

export function logConformance(name: string, open: () => LogUnderTest | Promise<LogUnderTest>): void {
  describe(`${name} as a Log`, () => {
    const facts = (title: string, fact: (given: Given) => Promise<void>) =>
      test(title, { timeout: 60_000 }, async () => {
        const under = await open()
        const given = new Given(under)
        try {
          await fact(given)
        } finally {
          await given.close()
        }
      })

    facts('messages keep their key, value, headers and order within a partition', async (given) => {
      const log = await given.log()
      const topic = await given.topic(2)
      const before = Date.now()
      await log.produce([
        { topic, partition: 1, key: 'ä/1', value: Buffer.from('one'), headers: { hash: 'abc', none: '' } },
        { topic, partition: 1, key: 'b', value: Buffer.from([0, 255]) },
        { topic, partition: 0, key: 'c', value: Buffer.alloc(0) },
      ])
      const [zero, one] = [await given.all(log, topic, 0), await given.all(log, topic, 1)]
      assert.deepEqual(
        one.map(({ key, value, headers, offset }) => ({ key, value: value?.toString('latin1'), headers, offset })),
        [
          { key: 'ä/1', value: 'one', headers: { hash: 'abc', none: '' }, offset: 0 },
          { key: 'b', value: '\u0000ÿ', headers: {}, offset: 1 },
        ],
      )
      assert.equal(zero[0]?.value?.length, 0)
      assert.ok((one[0]?.timestamp ?? 0) >= before - 1000 && (one[0]?.timestamp ?? 0) <= Date.now() + 1000)
    })

    facts('a tombstone is a message without value', async (given) => {
      const log = await given.log()
      const topic = await given.topic(1)
      await log.produce([{ topic, partition: 0, key: 'k', value: null }])
      assert.equal((await given.all(log, topic, 0))[0]?.value, null)
    })

    facts('concurrent produce calls all arrive, each in its own order', async (given) => {
      const log = await given.log()
      const topic = await given.topic(3)
      await Promise.all(
        Array.from({ length: 50 }, (_, call) =>
          log.produce(Array.from({ length: 7 }, (_, i) => text(topic, call % 3, `${call}`, `${i}`))),
        ),
      )
      for (const partition of [0, 1, 2]) {
        const messages = await given.all(log, topic, partition)
        for (const [key, some] of Map.groupBy(messages, (message) => message.key)) {
          assert.deepEqual(
            some.map(({ value }) => String(value)),
            ['0', '1', '2', '3', '4', '5', '6'],
            key,
          )
        }
      }
      assert.deepEqual(
        (await log.ends(topic)).reduce((sum, end) => sum + end, 0),
        350,
      )
    })

    facts('a message of several megabytes passes', async (given) => {
      const log = await given.log()
      const topic = await given.topic(1)
      const value = Buffer.alloc(5_000_000, 'x')
      await log.produce([{ topic, partition: 0, key: 'large', value }, text(topic, 0, 'after', 'small')])
      const messages = await given.all(log, topic, 0)
      assert.equal(messages[0]?.value?.equals(value), true)
      assert.equal(messages[1]?.key, 'after')
    })

    facts('a transaction is seen whole after its commit, with its input offsets', async (given) => {
      const log = await given.log()
      const [input, output] = [await given.topic(2), await given.topic(2)]
      const writer = await log.transactional(`${output}-0`)
      assert.deepEqual(await log.committed(`${output}-group`, input), [-1, -1])
      await writer.commit({
        messages: [text(output, 0, 'a', '1'), text(output, 1, 'b', '2')],
        group: `${output}-group`,
        offsets: [{ topic: input, partition: 1, offset: 42 }],
      })
      assert.deepEqual(keys(await given.seen(log, output, 0, 1)), ['a'])
      assert.deepEqual(keys(await given.seen(log, output, 1, 1)), ['b'])
      await log.transactional(`${output}-0`)
      assert.deepEqual(await log.committed(`${output}-group`, input), [-1, 42])
    })

    facts('many transactions in a row keep their order', async (given) => {
      const log = await given.log()
      const topic = await given.topic(1)
      const writer = await log.transactional(`${topic}-0`)
      for (let i = 0; i < 20; i++) {
        await writer.commit({ messages: [text(topic, 0, `${i}`, 'x')], group: 'none', offsets: [] })
      }
      assert.deepEqual(
        keys(await given.seen(log, topic, 0, 20)),
        Array.from({ length: 20 }, (_, i) => `${i}`),
      )
    })

    facts('a newer writer of the same id fences the older one, which then says so', async (given) => {
      const [old, young] = [await given.log(), await given.log()]
      const topic = await given.topic(1)
      const zombie = await old.transactional(`${topic}-0`)
      await zombie.commit({ messages: [text(topic, 0, 'before', 'x')], group: 'none', offsets: [] })
      const owner = await young.transactional(`${topic}-0`)
      const late = { messages: [text(topic, 0, 'zombie', 'x')], group: 'none', offsets: [] }
      await assert.rejects(zombie.commit(late), FencedError)
      await assert.rejects(zombie.commit(late), FencedError)
      await owner.commit({ messages: [text(topic, 0, 'after', 'x')], group: 'none', offsets: [] })
      assert.deepEqual(keys(await given.seen(young, topic, 0, 2)), ['before', 'after'])
    })

    facts('what a writer left open when it was killed is never seen, by anyone', async (given) => {
      const [dead, alive] = [await given.log(), await given.log()]
      const [input, topic] = [await given.topic(1), await given.topic(1)]
      const writer = await dead.transactional(`${topic}-0`)
      await writer.commit({ messages: [text(topic, 0, 'kept', 'x')], group: topic, offsets: [] })
      const unfinished = writer.commit({
        messages: Array.from({ length: 100 }, (_, i) => text(topic, 0, `lost-${i}`, 'x')),
        group: topic,
        offsets: [{ topic: input, partition: 0, offset: 7 }],
      })
      unfinished.catch(() => {})
      await given.kill(dead)
      const next = await alive.transactional(`${topic}-0`)
      const committed = (await alive.committed(topic, input))[0]
      const seen = keys(await given.all(alive, topic, 0))
      // Killed at an unknown instant: all of it or nothing of it, and the offset says which.
      assert.equal(seen.length, committed === 7 ? 101 : 1)
      await next.commit({ messages: [text(topic, 0, 'next', 'x')], group: topic, offsets: [] })
      assert.equal(keys(await given.seen(alive, topic, 0, seen.length + 1)).at(-1), 'next')
    })

    facts('reading to the end stops although the partition ends in markers of transactions', async (given) => {
      const log = await given.log()
      const topic = await given.topic(1)
      await log.produce([text(topic, 0, 'a', '1')])
      const writer = await log.transactional(`${topic}-0`)
      await writer.commit({ messages: [text(topic, 0, 'b', '1')], group: 'none', offsets: [] })
      assert.deepEqual(keys(await given.seen(log, topic, 0, 2)), ['a', 'b'])
      const from = (await log.ends(topic))[0] ?? 0
      assert.ok(from > 2)
      assert.deepEqual(await given.all(log, topic, 0, from), [])
      assert.deepEqual(await given.all(log, topic, 0, 2), [])
    })

    facts('reading an empty topic to the end is done at once', async (given) => {
      const log = await given.log()
      assert.deepEqual(await given.all(log, await given.topic(1), 0), [])
    })

    facts('following goes on after it caught up, until it is stopped', async (given) => {
      const log = await given.log()
      const topic = await given.topic(2)
      await log.produce([text(topic, 0, 'a', '1')])
      const seen: string[] = []
      const reader = log.read({
        topic,
        from: new Map([
          [0, 0],
          [1, 0],
        ]),
        until: 'follow',
        onMessages: (_partition, messages) => void seen.push(...keys(messages)),
      })
      await reader.caughtUp
      assert.deepEqual(seen, ['a'])
      await log.produce([text(topic, 1, 'b', '1')])
      await until(() => seen.includes('b'))
      await reader.stop()
      await reader.done
    })

    facts(
      'a follower says when everything before an offset has been handed over, markers of transactions too',
      async (given) => {
        const log = await given.log()
        const topic = await given.topic(1)
        const seen: string[] = []
        const onMessages = (_partition: number, messages: readonly StoredMessage[]) => void seen.push(...keys(messages))
        const reader = log.read({ topic, from: new Map([[0, 0]]), until: 'follow', onMessages })
        await reader.reached([0])
        let early = false
        const first = reader.reached([1]).then(() => {
          early = seen.length === 0
        })
        await log.produce([text(topic, 0, 'a', '1')])
        await first
        assert.equal(early, false)
        const writer = await log.transactional(`${topic}-0`)
        await writer.commit({ messages: [text(topic, 0, 'b', '1')], group: 'none', offsets: [] })
        await given.seen(log, topic, 0, 2)
        const ends = await log.ends(topic)
        assert.ok((ends[0] ?? 0) > 2)
        await reader.reached(ends)
        assert.deepEqual(seen, ['a', 'b'])
        await reader.stop()
      },
    )

    groupFacts(facts)

    facts('offsets by time are of the first message not older, or the end', async (given) => {
      const log = await given.log()
      const topic = await given.topic(2)
      await log.produce([text(topic, 0, 'old', 'x')])
      const [old] = await given.all(log, topic, 0)
      await until(() => Date.now() > (old?.timestamp ?? 0) + 2)
      await log.produce([text(topic, 0, 'new', 'x')])
      const time = (await given.all(log, topic, 0)).at(-1)?.timestamp ?? 0
      assert.deepEqual(await log.offsetsAt(topic, time), [1, 0])
      assert.deepEqual(await log.offsetsAt(topic, 0), [0, 0])
      assert.deepEqual(await log.offsetsAt(topic, time + 60_000), [2, 0])
      assert.deepEqual(await log.beginnings(topic), [0, 0])
      assert.equal(await log.partitions(topic), 2)
    })
  })
}
