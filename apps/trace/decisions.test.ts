import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keptOf, observe } from '@attio-stream/attio'
import type { Change } from '@attio-stream/contracts'
import { contentHash } from '@attio-stream/stream'
import { decide, type GivenChange, type GivenState, span } from './decisions.ts'

const RULES = { lateReadMs: 3_000 }
const PARENT = 'c1'

function note(fence: number, title: string | null): Change {
  const payload = {
    id: { workspace_id: 'w1', note_id: 'n1' },
    parent_object: 'companies',
    parent_record_id: PARENT,
    title,
    content_plaintext: '',
    created_at: '2026-09-02T10:00:00.000Z',
    created_by_actor: { type: 'system', id: null },
  }
  const ids = { workspace_id: 'w1', kind: 'note', id: 'n1', object_id: null, list_id: null }
  return {
    ...ids,
    fence,
    source: 'webhook',
    gone: title === null,
    payload: title === null ? null : JSON.stringify(payload),
  }
}
/** The change of that fence, written then. */
const change = (at: number, fence: number, title: string | null): GivenChange => ({
  key: 'n1',
  at,
  offset: at,
  read: note(fence, title),
})
/** The state compact writes for it, then. */
function state(at: number, fence: number, title: string | null): GivenState {
  if (title === null) return { at, offset: at, read: { fence, hash: '', deleted: true, body: null } }
  const seen = observe(note(fence, title))
  assert.ok(seen.kind !== 'rejected')
  const { body, hashed } = keptOf(seen)
  return { at, offset: at, read: { fence, hash: contentHash(hashed), deleted: false, body } }
}
const forgotten = (at: number): GivenState => ({ at, offset: at, read: null })
const told = (changes: readonly GivenChange[], states: readonly GivenState[] = []) => {
  const { decisions, folded, unexplained } = decide(changes, states, RULES)
  return {
    results: decisions.map(({ result, state: became }) => `${result} ${became}`),
    folded,
    unexplained,
    decisions,
  }
}

test('an applied change became the state of its fence and content; what is missing in the topic is missing here', () => {
  const { results, folded, unexplained } = told(
    [change(10, 10, 'a'), change(20, 20, 'a'), change(30, 30, 'b')],
    [state(11, 10, 'a')],
  )
  assert.deepEqual(results, ['applied 11', 'same null', 'applied null'])
  assert.deepEqual([folded?.fence, folded?.deleted, unexplained], [30, false, []])
})

test('where changes are gone the fold goes on from the states', () => {
  const { results, unexplained } = told([change(100, 40, 'old'), change(110, 60, 'b')], [state(51, 50, 'b')])
  assert.deepEqual([results, unexplained], [['stale null', 'same null'], [51]])
})

test('a state whose change is kept is not taken before it, whatever the clocks of the two machines say', () => {
  const { results, unexplained } = told(
    [change(100, 100, 'a'), change(200, 200, 'b')],
    [state(50, 100, 'a'), state(60, 200, 'b')],
  )
  assert.deepEqual([results, unexplained], [['applied 50', 'applied 60'], []])
})

test('after its retention a dead thing is forgotten, and the next read is the first', () => {
  const { results, decisions } = told(
    [change(10, 10, 'a'), change(20, 20, null), change(900, 900, 'a')],
    [state(11, 10, 'a'), state(21, 20, null), forgotten(800), state(901, 900, 'a')],
  )
  assert.deepEqual(results, ['applied 11', 'applied 21', 'applied 901'])
  assert.equal(decisions.at(-1)?.reason, 'The first that is known of it.')
})

test('R4: reads around a death say which side of it they are on', () => {
  const reasons = told([
    change(1, 10_000, 'a'),
    change(2, 11_000, null),
    change(3, 13_500, 'a'),
    change(4, 10_500, 'a'),
    change(5, 14_001, 'a'),
    change(6, 11_000, null),
  ]).decisions
  assert.deepEqual(
    reasons.map(({ result }) => result),
    ['applied', 'applied', 'dead', 'dead', 'applied', 'stale'],
  )
  assert.deepEqual(
    reasons.slice(1).map(({ reason }) => reason),
    [
      'Attio said it is gone, in a read sent 1 s after the one known.',
      'Sent 2.5 s after its death: within the 3 s Attio may trail, so it may be older.',
      'Sent 500 ms before its death.',
      'A read sent 3 s after its death, more than the 3 s Attio may trail: it lives again.',
      'Sent 3 s before a read that saw it alive, more than the 3 s Attio may trail.',
    ],
  )
})

test('what cannot be read is rejected and changes nothing; a tombstone forgets', () => {
  const unreadable: GivenChange = { key: 'n1', at: 20, offset: 20, read: undefined }
  const foreign: GivenChange = { key: 'n1', at: 30, offset: 30, read: { ...note(30, 'x'), id: 'n2' } }
  const erased: GivenChange = { key: 'n1', at: 40, offset: 40, read: null }
  const { results, folded } = told([change(10, 10, 'a'), unreadable, foreign, erased])
  assert.deepEqual([results, folded], [['applied null', 'rejected null', 'rejected null', 'forgotten null'], undefined])
})

test('what a reader would see changed is named by field', () => {
  const fields = told([change(10, 10, 'a'), change(20, 20, 'b')]).decisions[1]?.fields
  assert.deepEqual(fields, [{ field: 'title', before: '"a"', after: '"b"' }])
})

test('spans are told as a person would', () => {
  assert.deepEqual([0, 999, 1_000, 12_340, 180_000, 7_200_000, 3 * 86_400_000].map(span), [
    '0 ms',
    '999 ms',
    '1 s',
    '12.3 s',
    '3 min',
    '2 h',
    '3 d',
  ])
})
