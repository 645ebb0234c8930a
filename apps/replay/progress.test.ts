import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressLine, summary } from './progress.ts'

const status = {
  id: 'r1',
  dryRun: false,
  partitions: 4,
  begun: 4,
  done: 1,
  share: 0.617,
  looked: 12_345,
  differed: 17,
  unreadable: 0,
}

test('a line of progress says how much, how many differ, how fast, how long', () => {
  assert.equal(
    progressLine(status, { rate: 4_321.6, left: 3.2 }),
    '61 %, 1 of 4 partitions; 12,345 derived again, 17 differ; 4322/s, 3 s left',
  )
  assert.equal(
    progressLine({ ...status, unreadable: 2 }, { rate: 0 }),
    '61 %, 1 of 4 partitions; 12,345 derived again, 17 differ, 2 unreadable; 0/s',
  )
})

test('the summary of a dry run claims nothing was written, and what cannot be read is told', () => {
  assert.deepEqual(summary({ ...status, dryRun: true }, 125), [
    'Done in 2 min: 12,345 derived again, 17 differ.',
    'Those that differ would be written.',
  ])
  assert.equal(summary({ ...status, differed: 0 }, 5)[1], 'Nothing differs.')
  assert.match(summary({ ...status, unreadable: 2 }, 5)[2] ?? '', /cannot read stays as it was: 2/)
})
