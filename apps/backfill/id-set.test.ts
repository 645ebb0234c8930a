import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { IdSet } from './id-set.ts'

test('what was added is there and nothing else is, however many there are', () => {
  const set = new IdSet()
  const ids = Array.from({ length: 5_000 }, () => randomUUID())
  for (const id of [...ids, ...ids.slice(0, 100)]) set.add(id)
  assert.equal(set.size, 5_000)
  for (const id of ids) assert.ok(set.has(id), id)
  for (let n = 0; n < 5_000; n += 1) assert.equal(set.has(randomUUID()), false)
})

test('ids that differ in one digit anywhere are different', () => {
  const id = '00000000-0000-4000-8000-000000000001'
  const set = new IdSet()
  set.add(id)
  for (let at = 0; at < id.length; at += 1) {
    if (id[at] === '-') continue
    const other = `${id.slice(0, at)}${id[at] === 'f' ? 'e' : 'f'}${id.slice(at + 1)}`
    assert.equal(set.has(other), false, other)
  }
  assert.ok(set.has(id))
})

test('an id that is no UUID, in upper case, or all zero is kept as it is', () => {
  const odd = ['c1', '', '00000000-0000-0000-0000-000000000000', randomUUID().toUpperCase()]
  const set = new IdSet()
  for (const id of odd) assert.equal(set.has(id), false)
  for (const id of odd) set.add(id)
  for (const id of odd) assert.ok(set.has(id), id)
  assert.equal(set.size, odd.length)
})

test('an id takes at most 64 bytes, and 27 when the set is as full as it gets', () => {
  const set = new IdSet()
  const sizes: number[] = []
  for (let n = 0; n < 100_000; n += 1) {
    set.add(`${n.toString(16).padStart(8, '0')}-0000-4000-8000-${(n * 7919).toString(16).padStart(12, '0')}`)
    if (n > 1_000) sizes.push(set.bytes / set.size)
  }
  assert.equal(set.size, 100_000)
  assert.ok(Math.max(...sizes) <= 64 && Math.min(...sizes) < 28, `${Math.min(...sizes)} to ${Math.max(...sizes)}`)
})
