/**
 * What every Log promises, in sentences. Run by memory-log.test.ts and kafka-log.wire.test.ts; a new adapter begins here.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FencedError } from './errors.ts'
import type { GroupHandler, Log, OutgoingMessage, StoredMessage, TopicPartition } from './log.ts'

export interface LogUnderTest {
  /** A client of its own, as another process would have. */
  connect(): Promise<Log>
  /** A new topic with a name nobody has used, and this many partitions. */
  topic(partitions: number): Promise<string>
  /** What happens to a process that is killed: nothing of it goes on, nobody is told. */
  kill(log: Log): Promise<void>
}

const DEADLINE = 20_000

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

    facts('a group goes on where it committed, and begins at the beginning', async (given) => {
      const log = await given.log()
      const topic = await given.topic(1)
      await log.produce([text(topic, 0, 'a', '1'), text(topic, 0, 'b', '1')])
      const first = collector()
      const member = await log.join({ group: topic, topics: [topic], coPartitioned: true, handler: first })
      await until(() => first.keys().length === 2)
      await member.commit([{ topic, partition: 0, offset: 1 }])
      await member.leave()
      assert.deepEqual(first.owned(), [])
      const second = collector()
      await log.join({ group: topic, topics: [topic], coPartitioned: true, handler: second })
      await until(() => second.keys().length === 1)
      assert.deepEqual(second.keys(), ['b'])
    })

    facts('reading starts at the offsets that `assigned` returned, and not before it resolved', async (given) => {
      const log = await given.log()
      const topic = await given.topic(1)
      await log.produce(['a', 'b', 'c'].map((key) => text(topic, 0, key, '1')))
      const opened = Promise.withResolvers<void>()
      const handler = collector()
      const assigned = Promise.withResolvers<void>()
      await log.join({
        group: topic,
        topics: [topic],
        coPartitioned: true,
        handler: {
          ...handler,
          assigned: async (partitions) => {
            await handler.assigned(partitions)
            assigned.resolve()
            await opened.promise
            return [{ topic, partition: 0, offset: 2 }]
          },
        },
      })
      await assigned.promise
      await settle()
      assert.deepEqual(handler.keys(), [])
      opened.resolve()
      await until(() => handler.keys().length > 0)
      assert.deepEqual(handler.keys(), ['c'])
    })

    facts("a partition's next batch waits for its handler, while other partitions go on", async (given) => {
      const log = await given.log()
      const topic = await given.topic(2)
      await log.produce([text(topic, 0, 'slow-1', 'x')])
      const held = Promise.withResolvers<void>()
      const seen: string[] = []
      const member = await log.join({
        group: topic,
        topics: [topic],
        coPartitioned: true,
        handler: {
          assigned: async () => [],
          revoked: async () => {},
          messages: async (_topic, partition, messages) => {
            seen.push(...keys(messages))
            if (partition === 0) await held.promise
          },
        },
      })
      await until(() => seen.includes('slow-1'))
      await log.produce([text(topic, 0, 'slow-2', 'x'), text(topic, 1, 'fast-1', 'x')])
      await until(() => seen.includes('fast-1'))
      await log.produce([text(topic, 1, 'fast-2', 'x')])
      await until(() => seen.includes('fast-2'))
      assert.equal(seen.includes('slow-2'), false)
      held.resolve()
      await until(() => seen.includes('slow-2'))
      await member.leave()
    })

    facts('co-partitioned topics are assigned together, evenly, and stay where they are', async (given) => {
      const [a, b] = [await given.topic(4), await given.topic(4)]
      const join = async () => {
        const log = await given.log()
        const handler = collector()
        const member = await log.join({ group: `${a}-group`, topics: [a, b], coPartitioned: true, handler })
        return { handler, member, log }
      }
      const numbers = (handler: Collector) => {
        const of = (topic: string) =>
          handler
            .owned()
            .filter((owned) => owned.topic === topic)
            .map(({ partition }) => partition)
            .sort()
        assert.deepEqual(of(a), of(b))
        return of(a)
      }
      const one = await join()
      await until(() => one.handler.owned().length === 8)
      const two = await join()
      await until(() => one.handler.owned().length === 4 && two.handler.owned().length === 4)
      const [first, second] = [numbers(one.handler), numbers(two.handler)]
      assert.deepEqual([...first, ...second].sort(), [0, 1, 2, 3])
      assert.equal(one.handler.revocations(), 2, 'what stays is not taken away in between')
      const three = await join()
      await until(
        () => three.handler.owned().length === 2 && one.handler.owned().length + two.handler.owned().length === 6,
      )
      assert.ok(numbers(one.handler).every((partition) => first.includes(partition)))
      assert.ok(numbers(two.handler).every((partition) => second.includes(partition)))
      await three.member.leave()
      await until(() => one.handler.owned().length === 4 && two.handler.owned().length === 4)
      await one.member.leave()
      await until(() => two.handler.owned().length === 8)
    })

    facts('a member cannot commit what it does not own', async (given) => {
      const log = await given.log()
      const [topic, other] = [await given.topic(1), await given.topic(1)]
      const handler = collector()
      const member = await log.join({ group: topic, topics: [topic], coPartitioned: true, handler })
      await until(() => handler.owned().length === 1)
      await assert.rejects(member.commit([{ topic: other, partition: 0, offset: 1 }]), /no longer read by this member/)
    })

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

class Given {
  readonly #under: LogUnderTest
  readonly #logs: Log[] = []
  readonly #killed = new Set<Log>()
  constructor(under: LogUnderTest) {
    this.#under = under
  }
  async log(): Promise<Log> {
    const log = await this.#under.connect()
    this.#logs.push(log)
    return log
  }
  topic(partitions: number): Promise<string> {
    return this.#under.topic(partitions)
  }
  async kill(log: Log): Promise<void> {
    this.#killed.add(log)
    await this.#under.kill(log)
  }
  async all(log: Log, topic: string, partition: number, from = 0): Promise<StoredMessage[]> {
    const messages: StoredMessage[] = []
    const onMessages = (_partition: number, some: readonly StoredMessage[]) => void messages.push(...some)
    const reader = log.read({ topic, from: new Map([[partition, from]]), until: 'end', onMessages })
    await reader.caughtUp
    await reader.done
    return messages
  }
  /** A commit is decided when it resolves, and visible to readers a moment later. */
  async seen(log: Log, topic: string, partition: number, count: number): Promise<StoredMessage[]> {
    for (const deadline = Date.now() + DEADLINE; ; ) {
      const messages = await this.all(log, topic, partition)
      assert.ok(messages.length === 0 || messages.length <= count)
      if (messages.length === count) return messages
      assert.ok(Date.now() < deadline, `${messages.length} of ${count} messages are visible`)
    }
  }
  async close(): Promise<void> {
    for (const log of this.#logs) if (!this.#killed.has(log)) await log.close()
  }
}

interface Collector extends GroupHandler {
  keys(): string[]
  owned(): TopicPartition[]
  revocations(): number
}
function collector(): Collector {
  const seen: string[] = []
  let owned: TopicPartition[] = []
  let revocations = 0
  return {
    assigned: async (partitions) => {
      owned.push(...partitions)
      return []
    },
    revoked: async (partitions) => {
      const gone = new Set(partitions.map(({ topic, partition }) => `${topic}/${partition}`))
      if (owned.length > gone.size) revocations += new Set(partitions.map(({ partition }) => partition)).size
      owned = owned.filter(({ topic, partition }) => !gone.has(`${topic}/${partition}`))
    },
    messages: async (_topic, _partition, messages) => {
      seen.push(...keys(messages))
    },
    keys: () => seen,
    owned: () => owned,
    revocations: () => revocations,
  }
}

function text(topic: string, partition: number, key: string, value: string): OutgoingMessage {
  return { topic, partition, key, value: Buffer.from(value) }
}
function keys(messages: readonly StoredMessage[]): string[] {
  return messages.map(({ key }) => key)
}

/** Waits for a condition, with a deadline. */
export async function until(condition: () => boolean, what = String(condition)): Promise<void> {
  const deadline = Date.now() + DEADLINE
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`This did not come true in ${DEADLINE} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
/** Gives what must not happen a chance to happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}
