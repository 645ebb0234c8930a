import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hands } from './hands.ts'

/** Begins a call in every free hand. */
function all(hands: Hands) {
  const taken = []
  while (hands.free) taken.push(hands.take())
  return taken
}

test('while the store keeps up as many calls are made as the setting says', () => {
  const hands = new Hands(4)
  const busy = all(hands)
  assert.equal(busy.length, 4)
  for (const hand of busy) {
    hand.took()
    hand.rest()
  }
  assert.equal(all(hands).length, 4)
})

test('a store that asks for less gets half, however many calls of the same round it refused, and never none', () => {
  const hands = new Hands(8)
  const busy = all(hands)
  for (const hand of busy) hand.asked()
  assert.equal(hands.allowed, 4)
  assert.equal(hands.free, false, 'those that run are still more than that')
  for (const hand of busy) hand.rest()
  const [hand] = all(hands)
  for (let again = 0; again < 5; again++) hand?.asked()
  assert.equal(hands.allowed, 1)
})

test('one more after every full round the store took, up to the setting', () => {
  const hands = new Hands(4)
  const hand = hands.take()
  hand.asked()
  const allowed = Array.from({ length: 8 }, () => {
    hand.took()
    return hands.allowed
  })
  assert.deepEqual(allowed, [2, 3, 3, 3, 4, 4, 4, 4])
})
