import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CHUNK_OVERLAP, CHUNK_SIZE, chunks, split } from './chunk.ts'
import { boundaryBefore, isBoundary, shorten } from './grapheme.ts'

const graphemes = (text: string) => [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)]
const words = (count: number, word = 'word') => Array.from({ length: count }, () => word).join(' ')

test('a document that fits is one chunk, its whole text', () => {
  const text = `Company: A\n\n=== RECORD ===\n${'x'.repeat(CHUNK_SIZE - 27)}`
  assert.equal(text.length, CHUNK_SIZE)
  assert.deepEqual(chunks('attio_company_1', text, false), [{ id: 'attio_company_1_chunk_0', ordinal: 0, text }])
  assert.deepEqual(chunks('attio_deal_1', text, true), [{ id: 'attio_deal_1_chunk_0', ordinal: 0, text }])
})

test('every chunk begins with the title line, and inside a section with its heading', () => {
  const notes = Array.from({ length: 40 }, (_, index) => `2026-11-20 09:12 note by Ann: ${index}\n  ${words(80)}`)
  const text = `Deal: A\n\n=== DEAL OVERVIEW ===\nStage: Won\n\n=== ACTIVITY ===\n${notes.join('\n')}`
  const [first, ...others] = chunks('d', text, true)
  assert.ok(first?.text.startsWith('Deal: A\n\n=== DEAL OVERVIEW ===\nStage: Won'))
  assert.ok(others.length > 1)
  for (const chunk of others) assert.ok(chunk.text.startsWith('Deal: A\n\n=== ACTIVITY ===\n'), chunk.text.slice(0, 80))
})

test('a cut falls between paragraphs before lines, lines before sentences, sentences before words', () => {
  const tail = words(3_000)
  const first = (body: string) => {
    const [piece] = split(`T: t\n${body}${tail}`)
    return `T: t\n${body}${tail}`.slice(piece?.start, piece?.end)
  }
  const half = words(900)
  assert.ok(first(`${half}\n\n${words(100)}\n${words(100)}. `).endsWith(`${half}\n\n`))
  assert.ok(first(`${half}\n${words(100)}. ${words(20)} `).endsWith(`${half}\n`))
  assert.ok(first(`${half}. ${words(20)} `).endsWith(`${half}. `))
  assert.ok(first('').endsWith('word '))
})

test('the next chunk repeats the last lines of the one before, at most 600 characters, and never crosses into a new section', () => {
  const rows = Array.from({ length: 200 }, (_, index) => `Fact ${index}: ${words(10)}`)
  const text = `T: t\n\n=== DETAILS ===\n${rows.join('\n')}`
  const pieces = split(text)
  for (const [index, piece] of pieces.slice(1).entries()) {
    const overlap = (pieces[index]?.end ?? 0) - piece.start
    assert.ok(overlap > 500 && overlap <= CHUNK_OVERLAP, `overlap ${overlap}`)
    assert.match(text.slice(piece.start), /^Fact \d+/)
  }
  const sections = `T: t\n\n=== DETAILS ===\n${'x '.repeat(2_900)}\n\n=== ACTIVITY ===\n${words(900)}`
  const [, second] = split(sections)
  assert.ok(sections.slice(second?.start).startsWith('=== ACTIVITY ==='))
  assert.equal(second?.prefix, 'T: t\n\n')
})

const piecesOfText = fc.constantFrom(
  'a',
  'word ',
  'Sentence one. ',
  '\n',
  '\n\n',
  '\n=== DETAILS ===\n',
  '好',
  '。',
  'é',
  'e\u0301',
  ' \u0301',
  '👩🏽‍💻',
  '🇬🇧',
  '🇩🇪',
  'ليلى ',
  'ก็',
  '각',
  'x'.repeat(300),
  'x\u0e33',
  'a\u200d',
)
const body = fc
  .array(fc.tuple(piecesOfText, fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 40 })
  .map((parts) => parts.map(([part, times]) => part.repeat(times)).join(''))

test('chunks cover the whole text in order, none is above the limit, none breaks a grapheme', () => {
  fc.assert(
    fc.property(body, (random) => {
      const text = `Person: 👩🏽‍💻 someone\n\n${random}`
      const whole = new Set([...graphemes(text).map(({ index }) => index), text.length])
      let covered = 0
      const pieces = split(text)
      for (const [index, { start, end, prefix }] of pieces.entries()) {
        assert.ok(start <= covered && end > covered, 'no gap, and each goes further')
        assert.ok(prefix.length + end - start <= CHUNK_SIZE, 'within the limit')
        assert.ok(covered - start <= CHUNK_OVERLAP + 100, 'overlap is limited')
        assert.ok(whole.has(start) && whole.has(end), `a grapheme is broken at ${start} or ${end}`)
        assert.equal(prefix === '', index === 0)
        covered = end
      }
      assert.equal(covered, text.length)
      for (const chunk of chunks('p', text, true)) {
        assert.ok(chunk.text.startsWith('Person: 👩🏽‍💻 someone'))
        assert.equal(chunk.text, chunk.text.toWellFormed())
      }
    }),
    { numRuns: 150 },
  )
})

test('a boundary is where a grapheme begins, wherever one asks', () => {
  fc.assert(
    fc.property(fc.array(piecesOfText, { minLength: 1, maxLength: 30 }), fc.nat(), (parts, anywhere) => {
      const text = parts.join('')
      const at = anywhere % (text.length + 1)
      const starts = [...graphemes(text).map(({ index }) => index), text.length]
      assert.equal(boundaryBefore(text, at), Math.max(...starts.filter((start) => start <= at)))
      assert.equal(isBoundary(text, at), starts.includes(at))
    }),
    { numRuns: 1_000 },
  )
})

test('flags in a row longer than anybody looks back are not torn', () => {
  const text = `T: t\n\n${'🇬🇧🇩🇪'.repeat(4_000)}`
  for (const { start, end } of split(text)) {
    assert.equal((start - 6) % 4 === 0 || start === 0, true)
    assert.equal((end - 6) % 4, 0)
  }
})

test('one endless grapheme is still cut, outside its surrogate pairs', () => {
  const text = `T: t\n\n${'👩‍'.repeat(8_000)}`
  for (const chunk of chunks('p', text, true)) {
    assert.ok(chunk.text.length <= CHUNK_SIZE)
    assert.equal(chunk.text, chunk.text.toWellFormed())
  }
})

test('a shortened text ends in an ellipsis and is never longer than asked', () => {
  assert.equal(shorten('abc', 3), 'abc')
  assert.equal(shorten('abcd', 3), 'ab…')
  assert.equal(shorten(`a👩🏽‍💻b`, 5), 'a…')
})
