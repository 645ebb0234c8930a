import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FoldState, fold, type Observation } from './fold.ts'

const rules = { lateReadMs: 3_000 }
const present = (fence: number, hash = 'a'): Observation => ({ kind: 'present', fence, hash })
const gone = (fence: number): Observation => ({ kind: 'gone', fence })
const alive = (fence: number, hash = 'a'): FoldState => ({ fence, hash, deleted: false })
const dead = (fence: number): FoldState => ({ fence, hash: '', deleted: true })

test('the first observation of a thing is its state', () => {
  assert.deepEqual(fold(undefined, present(10), rules), { kind: 'applied', state: alive(10) })
})

test('a later read with other content replaces the state', () => {
  assert.deepEqual(fold(alive(10), present(11, 'b'), rules), { kind: 'applied', state: alive(11, 'b') })
})

test('a later read with the same content only advances the fence', () => {
  assert.deepEqual(fold(alive(10), present(11), rules), { kind: 'same', state: alive(11) })
})

test('a read sent earlier, or at the same instant, is stale', () => {
  assert.deepEqual(fold(alive(10), present(9, 'b'), rules), { kind: 'stale' })
  assert.deepEqual(fold(alive(10), present(10, 'b'), rules), { kind: 'stale' })
})

test('R4: a deletion beats reads sent before it and within L after it, and no others', () => {
  assert.deepEqual(fold(alive(9_999), gone(10_000), rules), { kind: 'applied', state: dead(10_000) })
  assert.deepEqual(fold(alive(13_000), gone(10_000), rules), { kind: 'applied', state: dead(10_000) })
  assert.deepEqual(fold(alive(13_001), gone(10_000), rules), { kind: 'stale' })
})

test('R4: the dead come back only by a read sent more than L after the deletion', () => {
  assert.deepEqual(fold(dead(10_000), present(13_000), rules), { kind: 'dead' })
  assert.deepEqual(fold(dead(10_000), present(13_001), rules), { kind: 'applied', state: alive(13_001) })
})

test('a thing gone before it was ever seen cannot be raised by a late read', () => {
  const first = fold(undefined, gone(10_000), rules)
  assert.deepEqual(first, { kind: 'applied', state: dead(10_000) })
  assert.deepEqual(fold(dead(10_000), present(9_000), rules), { kind: 'dead' })
})

test('of two deletions the later one counts', () => {
  assert.deepEqual(fold(dead(10), gone(20), rules), { kind: 'same', state: dead(20) })
  assert.deepEqual(fold(dead(20), gone(10), rules), { kind: 'stale' })
})

/** What the observations say, without folding: the latest read, unless a deletion is not more than L older than it. */
function truth(seen: readonly Observation[]): FoldState {
  const last = (kind: Observation['kind']) =>
    seen.filter((one) => one.kind === kind).sort((a, b) => b.fence - a.fence)[0]
  const read = last('present')
  const death = last('gone')
  if (death !== undefined && (read === undefined || read.fence <= death.fence + rules.lateReadMs))
    return dead(death.fence)
  assert(read?.kind === 'present')
  return alive(read.fence, read.hash)
}

test('R2, R4: any order of arrival, with any repetition, ends in the same state', () => {
  const observation = fc.record({
    fence: fc.integer({ min: 0, max: 12_000 }),
    kind: fc.constantFrom('present' as const, 'present' as const, 'gone' as const),
    hash: fc.constantFrom('a', 'b', 'c'),
  })
  const history = fc.uniqueArray(observation, { minLength: 1, maxLength: 12, selector: ({ fence }) => fence })
  const arrivals = history.chain((seen) =>
    fc
      .array(fc.nat(seen.length - 1), { maxLength: 6 })
      .chain((again) =>
        fc.shuffledSubarray([...seen, ...again.map((index) => seen[index])], { minLength: seen.length + again.length }),
      )
      .map((order) => ({ seen, order })),
  )
  fc.assert(
    fc.property(arrivals, ({ seen, order }) => {
      let state: FoldState | undefined
      for (const one of order) {
        assert(one !== undefined)
        const folded = fold(state, one as Observation, rules)
        if (folded.kind === 'applied' || folded.kind === 'same') state = folded.state
      }
      assert.deepEqual(state, truth(seen as readonly Observation[]))
    }),
    { numRuns: 2_000 },
  )
})

test('folding the same observation again changes nothing', () => {
  for (const one of [present(10), gone(10)]) {
    const folded = fold(undefined, one, rules)
    assert(folded.kind === 'applied')
    const again = fold(folded.state, one, rules).kind
    assert.ok(again === 'stale' || again === 'dead', again)
  }
})
