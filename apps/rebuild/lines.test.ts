import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Generation } from '@attio-stream/sink'
import { progressText, statusLines } from './lines.ts'

const at = new Date('2026-11-23T10:00:00Z')
const given = (changes: Partial<Generation>): Generation => ({
  sink: 'opensearch',
  number: 1,
  key: { format: '1', schema: '0123abcd', model: '' },
  places: ['documents-g1'],
  state: 'live',
  reason: '',
  switching: false,
  done: 0,
  total: 0,
  rate: 0,
  createdAt: at,
  liveAt: at,
  followedAt: null,
  retiredAt: null,
  droppedAt: null,
  updatedAt: at,
  ...changes,
})

test('progress tells the share, the rate and the time left', () => {
  assert.equal(progressText({ done: 47_000, total: 100_000, rate: 1200 }), '47 % of 100000, 1200/s, 45 s left')
  assert.equal(progressText({ done: 1, total: 1_000_000, rate: 50 }), '0 % of 1000000, 50/s, 5 h 34 min left')
  assert.equal(progressText({ done: 5, total: 10, rate: 0 }), '50 % of 10, 0/s')
  assert.equal(progressText({ done: 10, total: 10, rate: 3 }), '100 % of 10')
})

test('the status names every generation, what made it, and why one does not go on', () => {
  const lines = statusLines('opensearch', [
    given({ number: 2, state: 'caught up', places: ['documents-g2'], reason: 'missing attio_deal_x' }),
    given({}),
  ])
  assert.deepEqual(lines, [
    'opensearch 2: caught up',
    '  documents-g2 (format 1, schema 0123abcd)',
    '  does not go on: missing attio_deal_x',
    'opensearch 1: live since 2026-11-23 10:00',
    '  documents-g1 (format 1, schema 0123abcd)',
  ])
})

test('of generations that are gone only the latest are told', () => {
  const gone = Array.from({ length: 9 }, (_, n) => given({ number: 9 - n, state: 'dropped', droppedAt: at }))
  const lines = statusLines('opensearch', [given({ number: 10 }), ...gone])
  assert.equal(lines.filter((line) => /dropped on/.test(line)).length, 5)
})
