import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gates } from './gates.ts'

test('of one name no more than so many are inside, of another name others, and all come through', async () => {
  const gates = new Gates(2)
  const inside = new Map<string, number>()
  const most = new Map<string, number>()
  const visit = (name: string) =>
    gates.through(name, async () => {
      const now = (inside.get(name) ?? 0) + 1
      inside.set(name, now)
      most.set(name, Math.max(now, most.get(name) ?? 0))
      await new Promise((resolve) => setImmediate(resolve))
      inside.set(name, (inside.get(name) ?? 0) - 1)
      return name
    })
  const names = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 'a' : 'b'))
  assert.deepEqual(await Promise.all(names.map(visit)), names)
  assert.deepEqual(
    [...most],
    [
      ['a', 2],
      ['b', 2],
    ],
  )
})

test('one that fails leaves its place', async () => {
  const gates = new Gates(1)
  await assert.rejects(gates.through('a', () => Promise.reject(new Error('no'))))
  assert.equal(await gates.through('a', async () => 1), 1)
})
