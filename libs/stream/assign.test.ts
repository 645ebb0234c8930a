import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assign, type Candidate } from './assign.ts'
import type { TopicPartition } from './log.ts'

const names = (of: readonly TopicPartition[]) => of.map(({ topic, partition }) => `${topic}/${partition}`)
const member = (id: string, owned: readonly TopicPartition[] = [], generation = 1): Candidate => ({
  id,
  owned,
  generation,
})

test('partitions of the same number of all topics go to one member', () => {
  const topics = new Map([
    ['a', 4],
    ['b', 4],
    ['c', 2],
  ])
  const assignment = assign({ members: [member('x'), member('y')], topics, coPartitioned: true })
  for (const partitions of assignment.values()) {
    const of = (topic: string) => partitions.filter((p) => p.topic === topic).map((p) => p.partition)
    assert.deepEqual(of('a'), of('b'))
    assert.ok(of('c').every((partition) => of('a').includes(partition)))
  }
})

test('of two members that claim the same partition the one of the later generation keeps it', () => {
  const owned = [{ topic: 'a', partition: 0 }]
  const topics = new Map([['a', 2]])
  const assignment = assign({
    members: [member('old', owned, 3), member('new', owned, 7)],
    topics,
    coPartitioned: true,
  })
  assert.deepEqual(names(assignment.get('new') ?? []), ['a/0'])
})

test('every partition has one owner, loads differ by at most one, and nothing moves that need not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 13 }),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (count, sizes, coPartitioned) => {
        const topics = new Map([
          ['a', count],
          ['b', count],
        ])
        let owned = new Map<string, TopicPartition[]>()
        for (const [generation, size] of sizes.entries()) {
          const members = Array.from({ length: size }, (_, i) => member(`m${i}`, owned.get(`m${i}`), generation))
          const next = assign({ members, topics, coPartitioned })
          const all = [...next.values()].flatMap(names)
          assert.equal(new Set(all).size, 2 * count)
          assert.equal(all.length, 2 * count)
          const loads = [...next.values()].map((some) => some.length / (coPartitioned ? 2 : 1))
          assert.ok(Math.max(...loads) - Math.min(...loads) <= 1)
          const units = coPartitioned ? count : 2 * count
          for (const [id, before] of owned) {
            if (!next.has(id)) continue
            const kept = names(next.get(id) ?? []).filter((name) => names(before).includes(name)).length
            const fair = Math.floor(units / size) * (coPartitioned ? 2 : 1)
            assert.ok(kept >= Math.min(before.length, fair))
          }
          owned = next
        }
      },
    ),
  )
})
