import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Filter, RankBy } from '@turbopuffer/turbopuffer/resources'
import { apiError, emulatorCase } from './emulator-case.ts'
import { filled, people } from './people.ts'

test('a vector query orders by distance within the filter', async (t) => {
  const found = await filled(t)
  const near = await found.ns.query({ rank_by: ['vector', 'ANN', [1, 0]], limit: 3 })
  assert.deepEqual(
    near.rows?.map((row) => row.id),
    [1, 2, 3],
  )
  assert.equal(near.rows?.[0]?.$dist, 0)
  assert.ok(Math.abs((near.rows?.[2]?.$dist ?? 0) - 1) < 1e-6)
  const exact = await found.ns.query({ rank_by: ['vector', 'kNN', [1, 0]], filters: ['vip', 'Eq', true], limit: 9 })
  assert.deepEqual(
    exact.rows?.map((row) => row.id),
    [1, 3],
  )
  await assert.rejects(
    found.ns.query({ rank_by: ['vector', 'kNN', [1, 0]], limit: 1 }),
    apiError(400, 'kNN requires filters'),
  )
  await assert.rejects(found.ns.query({ rank_by: ['vector', 'ANN', [1]], limit: 1 }), apiError(400, '1 dimensions'))
})

test('attributes order rows, several at once, nulls first, and a limit per value thins them', async (t) => {
  const found = await filled(t)
  const order = async (rank_by: RankBy) =>
    ((await found.ns.query({ rank_by, limit: 9 })).rows ?? []).map((row) => row.id)
  assert.deepEqual(await order(['age', 'asc']), [4, 1, 2, 3])
  assert.deepEqual(await order(['age', 'desc']), [3, 2, 1, 4])
  assert.deepEqual(
    await order([
      ['vip', 'desc'],
      ['age', 'desc'],
    ]),
    [3, 1, 2, 4],
  )
  const thinned = await found.ns.query({
    rank_by: ['id', 'asc'],
    limit: { total: 9, per: { attributes: ['vip'], limit: 1 } },
  })
  assert.deepEqual(thinned.rows, [{ id: 1 }, { id: 2 }, { id: 4 }])
})

test('BM25 stems, drops stopwords, weighs rare words, and its operators combine', async (t) => {
  const { ns } = await emulatorCase(t)
  const texts = [
    'Walruses are large marine mammals with long tusks and whiskers',
    'They primarily inhabit the cold Arctic regions',
    'Walruses use their tusks to help haul themselves onto ice',
    'Their diet mainly consists of mollusks and other sea creatures',
    'Walrus populations are affected by climate change and melting ice',
  ]
  await ns.write({
    upsert_rows: texts.map((text, i) => ({ id: i + 1, text, clicks: i * 10 })),
    schema: { text: { type: 'string', full_text_search: { stemming: true, remove_stopwords: true } } },
  })
  const found = async (rank_by: RankBy) => ((await ns.query({ rank_by, limit: 10 })).rows ?? []).map((row) => row.id)
  // The example of the SDK's own tests against the service.
  assert.deepEqual(
    await found([
      'Sum',
      [
        ['text', 'BM25', 'large tusk'],
        ['text', 'BM25', 'mollusk diet'],
      ],
    ]),
    [4, 1, 3],
  )
  assert.deepEqual(await found(['text', 'BM25', 'the of and']), [])
  assert.deepEqual((await found(['text', 'BM25', 'walrus'])).sort(), [1, 3, 5])
  assert.deepEqual(
    await found([
      'Product',
      2,
      [
        'Max',
        [
          ['text', 'BM25', 'arctic'],
          ['text', 'BM25', 'zebra'],
        ],
      ],
    ]),
    [2],
  )
  assert.deepEqual(await found(['text', 'BM25', 'arct', { last_as_prefix: true }]), [2])
  const boosted: RankBy = [
    'Sum',
    [
      ['text', 'BM25', 'walrus'],
      ['Saturate', ['Attribute', 'clicks'], { midpoint: 1 }],
    ],
  ]
  assert.equal((await found(boosted))[0], 5)
  const filters = async (filter: Filter) =>
    ((await ns.query({ rank_by: ['id', 'asc'], filters: filter, limit: 9 })).rows ?? []).map((row) => row.id)
  assert.deepEqual(await filters(['text', 'ContainsAllTokens', 'tusk walrus']), [1, 3])
  assert.deepEqual(await filters(['text', 'ContainsAnyToken', 'diet arctic']), [2, 4])
  assert.deepEqual(await filters(['text', 'ContainsTokenSequence', 'marine mammals']), [1])
  await ns.write({ patch_rows: [{ id: 2, text: 'now about walruses' }], deletes: [1] })
  assert.deepEqual((await found(['text', 'BM25', 'walrus'])).sort(), [2, 3, 5])
})

test('attributes are shown only when asked for, and unknown ones are refused', async (t) => {
  const { ns } = await filled(t)
  const rank_by: RankBy = ['id', 'asc']
  assert.deepEqual((await ns.query({ rank_by, limit: 1 })).rows, [{ id: 1 }])
  assert.deepEqual((await ns.query({ rank_by: ['id', 'desc'], limit: 1, include_attributes: ['name', 'age'] })).rows, [
    { id: 4, name: 'Dan', age: null },
  ])
  const all = (await ns.query({ rank_by, limit: 1, include_attributes: true })).rows?.[0]
  assert.deepEqual(all, people[0])
  const some = (await ns.query({ rank_by, limit: 1, exclude_attributes: ['vector', 'tags', 'gone'] })).rows?.[0]
  assert.deepEqual(Object.keys(some ?? {}), ['id', 'city', 'name', 'age', 'vip'])
  await assert.rejects(
    ns.query({ rank_by, limit: 1, include_attributes: ['nope'] }),
    apiError(400, 'attribute "nope" not found in schema'),
  )
})

test('rows are counted and summed, whole and per group', async (t) => {
  const { ns } = await filled(t)
  const whole = await ns.query({ aggregate_by: { n: ['Count'], years: ['Sum', 'age'] }, filters: ['vip', 'Eq', true] })
  assert.deepEqual(whole.aggregations, { n: 2, years: 80 })
  const groups = await ns.query({ aggregate_by: { n: ['Count'] }, group_by: ['vip'] })
  assert.deepEqual(groups.aggregation_groups, [
    { vip: null, n: 1 },
    { vip: false, n: 1 },
    { vip: true, n: 2 },
  ])
  const tags = await ns.query({ aggregate_by: { n: ['Count'] }, group_by: [{ tag: ['ForEachUnique', 'tags'] }] })
  assert.deepEqual(
    tags.aggregation_groups?.map((group) => [group.tag, group.n]),
    [
      ['go', 2],
      ['python', 1],
      ['rust', 1],
    ],
  )
})

test('several queries in one request answer in order, and may be fused by rank', async (t) => {
  const { ns } = await filled(t)
  const queries = [
    { rank_by: ['vector', 'ANN', [1, 0]] as RankBy, limit: 2 },
    { rank_by: ['age', 'desc'] as RankBy, limit: 2 },
  ]
  const { results } = await ns.multiQuery({ queries })
  assert.deepEqual(
    results.map(({ rows }) => rows?.map((row) => row.id)),
    [
      [1, 2],
      [3, 2],
    ],
  )
  const fused = await ns.multiQuery({ queries, rerank_by: ['RRF'] })
  assert.deepEqual(
    fused.results.map(({ rows }) => rows?.[0]?.id),
    [2],
  )
  await assert.rejects(
    ns.multiQuery({ queries: Array(17).fill(queries[0]) }),
    apiError(400, 'requires 17 permits, max is 16'),
  )
})

test('a query without a limit, over the limit, or of a namespace that does not exist is refused', async (t) => {
  const { ns, client } = await filled(t)
  await assert.rejects(
    ns.query({ rank_by: ['id', 'asc'] }),
    apiError(400, 'rank_by queries must specify top_k or limit'),
  )
  await assert.rejects(
    ns.query({ rank_by: ['id', 'asc'], limit: 10_001 }),
    apiError(400, 'top_k must be between 1 and 10000'),
  )
  await assert.rejects(
    client.namespace('missing').query({ rank_by: ['id', 'asc'], limit: 1 }),
    apiError(404, "🤷 namespace 'missing' was not found"),
  )
})
