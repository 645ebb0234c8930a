import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Output } from '@attio-stream/stream'
import { progressLine } from './command.ts'
import { parseStream, type Stream, streamName } from './stream.ts'
import { requests } from './walker.ts'
import type { Walk } from './walks.ts'

test('requests to the brokers are cut at four megabytes, in order, and nothing is lost', () => {
  const change = (id: string, bytes: number): Output => ({
    topic: 'attio.changes',
    key: id,
    value: {
      workspace_id: 'w',
      kind: 'note',
      id,
      object_id: null,
      list_id: null,
      fence: 1,
      source: 'backfill',
      gone: false,
      payload: 'x'.repeat(bytes),
    },
  })
  const outputs = [
    change('a', 3_000_000),
    change('b', 1_000_000),
    change('c', 1_000_000),
    change('d', 9_000_000),
    change('e', 1),
  ]
  assert.deepEqual(
    requests(outputs).map((request) => request.map((output) => output.key).join('')),
    ['ab', 'c', 'd', 'e'],
  )
})

test('the name of a stream says all there is to know of it', () => {
  const streams: readonly Stream[] = [
    { kind: 'records', object: 'o' },
    { kind: 'entries', list: 'l' },
    { kind: 'notes' },
    { kind: 'tasks' },
  ]
  for (const stream of streams) assert.deepEqual(parseStream(streamName(stream)), stream)
  for (const name of ['directory', 'records/', 'comments']) assert.equal(parseStream(name), undefined)
})

test('the line of progress says how many rows, how fast, what is walked and what waits', () => {
  const walk = (title: string, state: Walk['state'], rows: number, reason = ''): Walk => ({
    workspace: 'w',
    run: 'r',
    stream: title,
    title,
    state,
    reason,
    cursor: null,
    rows,
    pages: 0,
  })
  const walks = [
    walk('people', 'walking', 500),
    walk('deals', 'skipped', 0, 'disabled'),
    walk('notes', 'waiting', 0, 'Attio gave no usable answer'),
  ]
  assert.equal(
    progressLine(walks, 250.4),
    '500 rows, 250/s, 1 of 3 streams; walking people 500; notes waits: Attio gave no usable answer',
  )
})
