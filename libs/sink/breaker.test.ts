import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Breaker } from './breaker.ts'

test('below twenty documents nothing is judged', () => {
  const breaker = new Breaker()
  for (let n = 0; n < 19; n++) assert.equal(breaker.trips(1, 1), false)
  assert.equal(breaker.trips(1, 1), true)
})

test('half refused is the data, more is the sink', () => {
  assert.equal(new Breaker().trips(100, 50), false)
  assert.equal(new Breaker().trips(100, 51), true)
})

test('a long good past does not hide a bad present', () => {
  const breaker = new Breaker()
  for (let n = 0; n < 1000; n++) assert.equal(breaker.trips(1, 0), false)
  const tripped = Array.from({ length: 100 }, () => breaker.trips(1, 1)).indexOf(true)
  assert.equal(tripped, 50)
})

test('a few refusals now and then never trip it', () => {
  const breaker = new Breaker()
  for (let n = 0; n < 500; n++) assert.equal(breaker.trips(10, 3), false)
})
