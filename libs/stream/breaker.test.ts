import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Breaker } from './breaker.ts'

/** One batch after the other. */
function judged(breaker: Breaker, all: number, failed: number): boolean {
  const trips = breaker.trips(all, failed)
  breaker.saw(all, failed)
  return trips
}

test('below twenty messages nothing is judged', () => {
  const breaker = new Breaker()
  for (let n = 0; n < 19; n++) assert.equal(judged(breaker, 1, 1), false)
  assert.equal(judged(breaker, 1, 1), true)
})

test('half failing is the data, more is the code', () => {
  assert.equal(new Breaker().trips(100, 50), false)
  assert.equal(new Breaker().trips(100, 51), true)
})

test('a long good past does not hide a bad present', () => {
  const breaker = new Breaker()
  for (let n = 0; n < 1000; n++) assert.equal(judged(breaker, 1, 0), false)
  const tripped = Array.from({ length: 100 }, () => judged(breaker, 1, 1)).indexOf(true)
  assert.equal(tripped, 50)
})

test('a few failures now and then never trip it', () => {
  const breaker = new Breaker()
  for (let n = 0; n < 500; n++) assert.equal(judged(breaker, 10, 3), false)
})

test('a batch that is tried again counts once', () => {
  const breaker = new Breaker()
  for (let n = 0; n < 100; n++) assert.equal(breaker.trips(1, 1), false)
})
