import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Ordered } from './ordered.ts'

interface Thing {
  readonly id: string
  readonly createdAt: number
  readonly text: string
}
const list = (view: { length: number; at(i: number): Thing }) =>
  Array.from({ length: view.length }, (_, i) => view.at(i))

test('things stand in order of creation, and any moment of the recent past can be read as it was', () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 6 }),
    created: fc.integer({ min: 0, max: 4 }),
    gone: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const things = new Ordered<Thing>()
      const snapshots: { at: number; state: Thing[] }[] = []
      const born = new Map<string, number>()
      steps.forEach(({ id: n, created, gone }, i) => {
        const id = String(n)
        const now = 1000 + i * 10
        if (gone) things.remove(id, now)
        else {
          const createdAt = things.has(id) ? (born.get(id) ?? 0) : created
          born.set(id, createdAt)
          things.put({ id, createdAt, text: String(i) }, now)
        }
        snapshots.push({ at: now, state: list(things) })
      })
      for (const { at, state } of snapshots) {
        const view = things.asOf(at + 5)
        assert.deepEqual(list(view), state)
        for (const thing of state) assert.equal(view.get(thing.id), thing)
        for (let i = 1; i < state.length; i++)
          assert.ok((state[i - 1] as Thing).createdAt <= (state[i] as Thing).createdAt)
        assert.equal(view.lower(2), state.filter((thing) => thing.createdAt < 2).length)
        for (const id of born.keys()) if (!state.some((thing) => thing.id === id)) assert.equal(view.get(id), undefined)
      }
    }),
  )
})
