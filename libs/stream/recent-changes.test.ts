import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentChanges } from './recent-changes.ts'

const topic = 'crm.names'

/** Told from offset 10 on: keys k10, k11 … of partition 0. */
function told(count: number, most: number): RecentChanges {
  const recent = new RecentChanges(most)
  recent.begin(topic, 0, 10)
  for (let offset = 10; offset < 10 + count; offset++) recent.add({ topic, partition: 0, key: `k${offset}`, offset })
  return recent
}

test('what changed at or after a position is known, each key once', () => {
  const recent = told(3, 100)
  recent.add({ topic, partition: 0, key: 'k10', offset: 13 })
  assert.deepEqual(recent.since(topic, { 'crm.names/0': 10 }), ['k11', 'k12', 'k10'])
  assert.deepEqual(recent.since(topic, { 'crm.names/0': 12 }), ['k12', 'k10'])
  assert.deepEqual(recent.since(topic, { 'crm.names/0': 14 }), [])
})

test('before what was told first nothing is known', () => {
  assert.equal(told(3, 100).since(topic, { 'crm.names/0': 9 }), undefined)
  assert.equal(told(3, 100).since(topic, {}), undefined)
})

test('of many changes the oldest are forgotten, and that is said', () => {
  const recent = told(9, 8)
  assert.equal(recent.since(topic, { 'crm.names/0': 13 }), undefined)
  assert.deepEqual(recent.since(topic, { 'crm.names/0': 14 }), ['k14', 'k15', 'k16', 'k17', 'k18'])
})

test('every partition must be known', () => {
  const recent = told(3, 100)
  recent.begin(topic, 1, 5)
  assert.equal(recent.since(topic, { 'crm.names/0': 12, 'crm.names/1': 4 }), undefined)
  assert.deepEqual(recent.since(topic, { 'crm.names/0': 12, 'crm.names/1': 5 }), ['k12'])
})
