import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Artifact, NamedValue } from '@attio-stream/crm'
import fc from 'fast-check'
import { artifacts } from './golden/artifacts.ts'
import { ann, artifact, attribute, membership, money, note, reference, text } from './golden/given.ts'
import { METADATA_FIELDS } from './metadata.ts'
import { MAX_TEXT, toDocument } from './to-document.ts'
import { valueText } from './value-text.ts'

const lineOf = (value: NamedValue) => valueText(value)

test('every document of the golden files keeps the rules of all documents', () => {
  for (const one of Object.values(artifacts)) holds(one)
})

/** What is true of any document. */
function holds(one: Artifact): void {
  const { text, title, chunks, metadata, id } = toDocument(one)
  assert.ok(text.length <= MAX_TEXT, `${text.length} characters`)
  assert.equal(text, text.toWellFormed())
  assert.doesNotMatch(text, /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e]/u)
  assert.doesNotMatch(text, /\n{3}|[^\S\n]\n|\n$/)
  const [first = ''] = text.split('\n')
  assert.ok(first.endsWith(`: ${title}`))
  assert.ok(title.length <= 200 || title.startsWith('Unnamed'))
  const headings = text.match(/^=== .*$/gm) ?? []
  for (const heading of headings) assert.match(heading, /^=== [^=]+ ===$/)
  assert.equal(new Set(headings).size, headings.length, 'no heading twice')
  assert.equal(headings.at(-1), '=== RECORD ===')
  for (const [index, chunk] of chunks.entries()) {
    assert.equal(chunk.id, `${id}_chunk_${index}`)
    assert.ok(chunk.text.startsWith(first))
    assert.ok(chunk.text.length <= 6_000)
  }
  for (const [name, value] of Object.entries(metadata)) assertTyped(name, value)
}

function assertTyped(name: string, value: unknown): void {
  const custom = /^custom_(text|number|date|flag)_[\p{L}\p{N}_-]*$/u.exec(name)?.[1]
  const type = custom ?? METADATA_FIELDS[name as keyof typeof METADATA_FIELDS]
  assert.ok(type !== undefined, `${name} is no metadata name`)
  if (type === 'text' && custom !== undefined) assert.ok(Array.isArray(value))
  else if (type === 'keyword[]') assert.ok(Array.isArray(value) && value.length > 0 && value.every((one) => one !== ''))
  else if (type === 'number' || type === 'integer') assert.ok(typeof value === 'number' && Number.isFinite(value))
  else if (type === 'flag' || type === 'boolean') assert.equal(typeof value, 'boolean')
  else assert.ok(typeof value === 'string' && value !== '', `${name}`)
}

const wild = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('=== ACTIVITY ===', '\n=== RECORD ===\n', '\r', '\u2028=== X ===', ' ', ''),
)
const wilder = fc.array(wild, { maxLength: 4 }).map((parts) => parts.join(''))
const actor = wilder.map((name) => ({ type: 'workspace-member', id: 'm', name }))
const at = fc.constantFrom('2026-11-20T09:12:00.000Z', '2025-01-01T00:00:00.000Z')
const wildValue: fc.Arbitrary<NamedValue> = fc.oneof(
  wilder.map(text),
  wilder.map((title) => ({ kind: 'select' as const, id: 's', title })),
  fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), wilder).map(([amount, code]) => money(amount, code)),
  wilder.map((name) => reference('companies', 'c1', name, { domain: name })),
  actor.map((who) => ({ kind: 'actor-reference' as const, actor: who })),
  fc
    .tuple(wilder, at, actor)
    .map(([kind, when, owner]) => ({ kind: 'interaction' as const, interaction: kind, at: when, owner })),
  fc.dictionary(wilder, wilder).map((scalars) => ({ kind: 'unknown' as const, type: 'x', scalars })),
)
const wildAttribute = fc
  .tuple(
    fc.oneof(wilder, fc.constantFrom('name', 'stage', 'team', 'value', 'description')),
    wilder,
    fc.array(wildValue, { minLength: 1, maxLength: 3 }),
  )
  .map(([slug, title, values]) => attribute(slug, title, ...values))
const wildArtifact = fc
  .record({
    slug: fc.constantFrom('companies', 'people', 'deals', 'tickets', null),
    name: fc.option(wilder),
    singular: fc.option(wilder),
    attributes: fc.uniqueArray(wildAttribute, { maxLength: 6, selector: ({ slug }) => slug }),
    lists: fc.array(fc.tuple(fc.option(wilder), fc.array(wildAttribute, { maxLength: 2 })), { maxLength: 3 }),
    activity: fc.array(fc.tuple(at, wilder, wilder, actor), { maxLength: 4 }),
  })
  .map(({ slug, name, singular, attributes, lists, activity }) =>
    artifact(slug, '3f2a9c1e-0000', {
      name,
      object: { id: '0b3e6d52-x', slug, singular },
      attributes,
      lists: lists.map(([list, values]) => membership(list, ...values)),
      activity: activity.map(([when, title, body, author]) => note(when, title, body, author)),
    }),
  )

test('whatever names and texts hold, headings are ours and no control character passes', () => {
  fc.assert(fc.property(wildArtifact, holds), { numRuns: 500 })
})

test('the same artifact gives the same bytes', () => {
  fc.assert(
    fc.property(wildArtifact, (one) => {
      assert.deepEqual(toDocument(one), toDocument(structuredClone(one)))
    }),
    { numRuns: 100 },
  )
})

test('the text depends only on what is shown: ids, slugs and types of what is named do not change it', () => {
  const seen = (id: string) =>
    artifact('deals', 'd1', {
      workspace: `w-${id}`,
      object: { id: `o-${id}`, slug: 'deals', singular: id },
      name: 'Deal',
      attributes: [
        attribute('associated_company', id, reference('companies', `c-${id}`, 'Acme', { email: id })),
        attribute('stage', id, { kind: 'status', id, title: 'Won' }),
        attribute('owner', id, { kind: 'actor-reference', actor: { ...ann, id } }),
      ],
      lists: [{ ...membership('Pipeline'), entry: id, list: id, slug: id, createdAt: `2026-01-0${id}` }],
      activity: [{ ...note('2026-11-20T09:12:00.000Z', 'Call', 'Text'), id }],
    })
  assert.equal(toDocument(seen('1')).text, toDocument(seen('2')).text)
  assert.notEqual(toDocument(seen('1')).text, toDocument({ ...seen('1'), name: 'Other' }).text)
})

test('R11: beyond 200,000 characters the oldest activity is left out, and the document and its metadata say how much', () => {
  const huge = artifacts['huge-activity']
  assert(huge !== undefined)
  const { text, metadata } = toDocument(huge)
  const missing = Number(/\n… and (\d+) older notes and tasks not shown\n\n=== RECORD ===/.exec(text)?.[1])
  assert.equal(metadata.activity_not_shown, missing)
  assert.equal((text.match(/ note by Ann Lee: Call \d+$/gm) ?? []).length, 912 - missing)
  assert.ok(text.length > MAX_TEXT - 1_000, 'as much as fits is shown')
})

test('R11: a newest note longer than the whole document is begun, and says how much is missing', () => {
  const body = 'Long. '.repeat(60_000).trim()
  const one = artifact('companies', 'c1', {
    name: 'A',
    activity: [note('2026-11-20T09:12:00.000Z', 'T', body), note('2026-11-19T09:12:00.000Z', 'U', 'V')],
  })
  holds(one)
  const { text, metadata } = toDocument(one)
  const missing = Number(
    /\n {2}… (\d+) more characters not shown\n… and 1 older notes and tasks not shown\n/.exec(text)?.[1],
  )
  const shown = /T\n {2}(Long\.[^\n]*)\n/.exec(text)?.[1] ?? ''
  assert.equal(shown.length + missing, body.length)
  assert.equal(metadata.activity_not_shown, 1)
})

test('R11: attributes longer than a document are cut one by one, and each says how much is missing', () => {
  const attributes = Array.from({ length: 5 }, (_, index) =>
    attribute(`a${index}`, `A${index}`, text('word '.repeat(20_000))),
  )
  const one = artifact('companies', 'c1', {
    name: 'A',
    attributes,
    activity: [note('2026-11-20T09:12:00.000Z', 'T', 'Body')],
  })
  holds(one)
  const document = toDocument(one)
  assert.equal((document.text.match(/more characters not shown\)$/gm) ?? []).length, 5)
  assert.match(document.text, /note by Ann Lee: T\n {2}Body/)
})

test('money has the decimals of its currency, unknown codes two', () => {
  assert.equal(lineOf(money(48_000, 'EUR')), 'EUR 48,000.00')
  assert.equal(lineOf(money(1_234.6, 'JPY')), 'JPY 1,235')
  assert.equal(lineOf(money(-0, 'KWD')), 'KWD 0.000')
  assert.equal(lineOf(money(1.005, 'not a code')), 'not a code 1.01')
  assert.equal(lineOf(money(7, null)), '7.00')
})

test('numbers come without noise: no grouping, no exponent, no binary fractions', () => {
  const shown = [2026, 0.1 + 0.2, 1e21, -0, 12.5, 1e-7].map((number) => lineOf({ kind: 'number', number }))
  assert.deepEqual(shown, ['2026', '0.3', '1000000000000000000000', '0', '12.5', '0.0000001'])
})

test('who did it is shown by name, or by what it is', () => {
  const shown = ['workspace-member', 'system', 'api-token', 'app', 'oracle'].map((type) =>
    lineOf({ kind: 'actor-reference', actor: { type, id: null, name: null } }),
  )
  assert.deepEqual(shown, ['a member', 'Attio', 'API key', 'an app', 'someone'])
})
