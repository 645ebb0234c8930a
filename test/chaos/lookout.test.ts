/** The lookout sees what it is there for: each fault planted once, in a store that plays a given sequence of looks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../support/stores.ts'
import { until } from '../support/until.ts'
import { Lookout } from './lookout.ts'

type Look = Readonly<Record<string, number>> | 'away'

/** What a lookout found in a store that shows these versions one after the other. */
async function looked(...looks: readonly Look[]) {
  let at = 0
  const versions = async () => {
    const look = looks[Math.min(at++, looks.length - 1)] as Look
    if (look === 'away') throw new Error('away')
    return new Map(Object.entries(look))
  }
  const lookout = new Lookout([{ name: 'Postgres', versions } as unknown as Store], 1)
  await until('every look being taken', () => assert.ok(at > looks.length))
  await lookout.stop()
  return [lookout.resurrected.length, lookout.backwards.length]
}

test('a document that was gone and is there again is resurrected', async () => {
  assert.deepEqual(await looked({ a: 1, b: 1 }, { b: 1 }, { a: 2, b: 1 }), [1, 0])
})

test('a version lower than one seen before has gone back', async () => {
  assert.deepEqual(await looked({ a: 5 }, { a: 4 }), [0, 1])
})

test('births, updates, deaths and a store that is away for a while are no faults', async () => {
  assert.deepEqual(await looked({ a: 1 }, { a: 1, b: 2 }, 'away', { a: 3, b: 2 }, { b: 2 }, 'away', { b: 4 }), [0, 0])
})
