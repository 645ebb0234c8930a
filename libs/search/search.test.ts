import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SearchStoreError } from './errors.ts'
import { fuse } from './fuse.ts'
import type { Found, Store, StoreName } from './hit.ts'
import { identifiersIn } from './identifiers.ts'
import { Search } from './search.ts'
import { excerptOf, MARKS, plainText, snippetOf } from './snippet.ts'

const found = (recordId: string, more: Partial<Found> = {}): Found => ({
  documentId: `attio_deal_${recordId}`,
  recordId,
  source: 'attio_deal',
  objectSlug: 'deals',
  title: recordId,
  snippets: [],
  score: 1,
  exact: false,
  webUrl: null,
  createdAt: '2026-09-02T10:00:00.000Z',
  metadata: {},
  ...more,
})
const store = (name: StoreName, answer: readonly Found[] | Error, fields: readonly string[] = []): Store => ({
  name,
  search: async ({ limit }) => (answer instanceof Error ? Promise.reject(answer) : answer.slice(0, limit)),
  customFields: async () => fields,
  close: async () => {},
})
const ids = (hits: readonly { recordId: string }[]) => hits.map(({ recordId }) => recordId)
const ask = { workspace: 'w1', text: 'revised quote' }

test('fused rankings follow 1 / (60 + rank), ties go by id, and each document comes once', () => {
  const hits = fuse(
    [
      { store: 'opensearch', found: [found('a'), found('b'), found('c')] },
      { store: 'turbopuffer', found: [found('b'), found('d'), found('a')] },
    ],
    10,
  )
  assert.deepEqual(ids(hits), ['b', 'a', 'd', 'c'])
  assert.equal(hits[0]?.score, 1 / 62 + 1 / 61)
  assert.deepEqual(hits[1]?.from, [
    { store: 'opensearch', rank: 1, score: 1 },
    { store: 'turbopuffer', rank: 3, score: 1 },
  ])
})

test('what the question names outright is not passed by what merely resembles it', () => {
  const words = { store: 'opensearch', found: [found('named', { exact: true }), found('like')] } as const
  const near = { store: 'turbopuffer', found: [found('like'), found('other')] } as const
  assert.deepEqual(ids(fuse([words, near], 2)), ['named', 'like'])
  const unnamed = { ...words, found: words.found.map((one) => ({ ...one, exact: false })) }
  assert.deepEqual(ids(fuse([unnamed, near], 2)), ['like', 'named'])
})

test('a hybrid search goes on without a store that does not answer and says so; without any it fails', async () => {
  const down = new SearchStoreError('turbopuffer did not answer')
  const search = new Search([store('opensearch', [found('a')]), store('turbopuffer', down)])
  const { hits, stores, missing } = await search.find(ask)
  assert.deepEqual([ids(hits), stores, missing], [['a'], ['opensearch'], ['turbopuffer did not answer']])
  await assert.rejects(new Search([store('opensearch', down), store('turbopuffer', down)]).find(ask), down)
  const bug = new TypeError('a bug')
  await assert.rejects(new Search([store('opensearch', [found('a')]), store('turbopuffer', bug)]).find(ask), bug)
})

test('the mode is the best its stores allow, and one they do not allow is refused by name', async () => {
  const text = new Search([store('postgres', [])])
  assert.deepEqual(text.modes, ['text'])
  assert.equal((await text.find(ask)).mode, 'text')
  await assert.rejects(
    text.find({ ...ask, mode: 'hybrid' }),
    /hybrid search needs turbopuffer: set TURBOPUFFER_API_KEY/,
  )
  await assert.rejects(text.find({ ...ask, store: 'opensearch' }), /no opensearch to search; there is postgres/)
  const both = new Search([store('opensearch', []), store('turbopuffer', [])])
  assert.equal((await both.find(ask)).mode, 'hybrid')
  assert.equal((await both.find({ ...ask, text: ' ' })).mode, 'text', 'without words there is no meaning to look for')
  await assert.rejects(both.find({ ...ask, text: '', mode: 'vector' }), /needs words/)
  await assert.rejects(new Search([]).find(ask), /no store to search: set OPENSEARCH_URL/)
})

test('a custom attribute that no document has is told with those there are, only when nothing was found', async () => {
  const where = { kind: 'is', field: 'custom_text_teir', value: 'Gold' } as const
  const empty = new Search([store('opensearch', [], ['custom_text_tier'])])
  await assert.rejects(empty.find({ ...ask, where }), /no.* field custom_text_teir; .*there are custom_text_tier/i)
  const known = { ...where, field: 'custom_text_tier' }
  assert.deepEqual((await empty.find({ ...ask, where: known })).hits, [])
})

test('e-mail addresses, domains, phone numbers and ids in a question are recognised as metadata has them', () => {
  assert.deepEqual(identifiersIn('mail Bob.Stone@X.example, or +44 20 7946-0287?'), [
    'bob.stone@x.example',
    '+442079460287',
  ])
  assert.deepEqual(identifiersIn('https://www.northwind.example/about?x=1.'), ['northwind.example'])
  const id = '6505c461-492e-4d38-844f-30dd0af06d68'
  assert.deepEqual(identifiersIn(`record ${id}`), [id])
  assert.deepEqual(identifiersIn('annual licence 2026, e.g. v1.2 or 22 % more. Then stop.'), [])
})

test('marks become spans, and an excerpt is the line that shares most with the question', () => {
  const { open, close } = MARKS
  assert.deepEqual(snippetOf(`the ${open}revised${close}\n quote`), [
    { text: 'the ', hit: false },
    { text: 'revised', hit: true },
    { text: ' quote', hit: false },
  ])
  assert.equal(plainText(snippetOf(`${close}a${open}`)), 'a')
  const text = 'Deal: Fleet\n\n=== ACTIVITY ===\nSomething else\n  They negotiate the price of tents.'
  const excerpt = excerptOf(text, 'negotiation of prices')
  assert.equal(plainText(excerpt), 'They negotiate the price of tents.')
  assert.deepEqual(
    excerpt.filter(({ hit }) => hit).map(({ text: word }) => word),
    ['negotiate'],
  )
  assert.equal(plainText(excerptOf(text, 'zebra')), 'Deal: Fleet')
  const long = plainText(excerptOf(`${'word '.repeat(500)}negotiated here ${'word '.repeat(500)}`, 'negotiation'))
  assert.ok(long.includes('negotiated') && long.length < 300 && long.startsWith('… ') && long.endsWith(' …'))
})
