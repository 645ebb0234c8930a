/** What every Log promises about consumer groups; part of log.conformance.ts. */
import assert from 'node:assert/strict'
import { type Collector, collector, type Given, keys, settle, text, until } from './log.given.ts'

export type Facts = (title: string, fact: (given: Given) => Promise<void>) => void

export function groupFacts(facts: Facts): void {
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
}
