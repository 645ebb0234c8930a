import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiError, emulatorCase } from './emulator-case.ts'

const three = [
  { id: 1, vector: [1, 0], title: 'one', version: 1, tags: ['a', 'b'] },
  { id: 2, vector: [0, 1], title: 'two', version: 2, tags: ['b'] },
  { id: 3, vector: [1, 1], title: 'three', version: 3, tags: [] },
]
const metric = 'cosine_distance' as const
const noRetry = { maxRetries: 0 }

test('rows and columns are upserted alike, and a namespace begins with its first write', async (t) => {
  const { ns, client, emulator } = await emulatorCase(t)
  const rows = await ns.write({ upsert_rows: three, distance_metric: metric })
  assert.deepEqual([rows.rows_affected, rows.rows_upserted, rows.rows_patched], [3, 3, undefined])
  const other = client.namespace('columns')
  await other.write({
    upsert_columns: {
      id: [1, 2, 3],
      vector: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      title: ['one', 'two', 'three'],
      version: [1, 2, 3],
      tags: [['a', 'b'], ['b'], []],
    },
    distance_metric: metric,
  })
  assert.deepEqual(emulator.store.rows('columns'), emulator.store.rows('demo'))
})

test('an upsert replaces the whole row, a patch only what it names, and neither patch nor delete makes a row', async (t) => {
  const { ns, emulator } = await emulatorCase(t)
  await ns.write({ upsert_rows: [{ id: 1, a: 1, b: 'x' }] })
  const patched = await ns.write({
    patch_rows: [
      { id: 1, b: 'y', c: true },
      { id: 9, b: 'z' },
    ],
    deletes: [8],
  })
  assert.deepEqual([patched.rows_patched, patched.rows_deleted, patched.rows_affected], [1, 0, 1])
  assert.deepEqual(emulator.store.rows('demo'), [{ id: 1, a: 1, b: 'y', c: true }])
  await ns.write({ upsert_rows: [{ id: 1, b: 'only' }] })
  assert.deepEqual(emulator.store.rows('demo'), [{ id: 1, b: 'only' }])
})

test('a conditional upsert compares the stored row with the incoming one and creates absent rows unconditionally', async (t) => {
  const { ns, emulator } = await emulatorCase(t)
  await ns.write({
    upsert_rows: [
      { id: 101, title: 'draft', version: 2 },
      { id: 102, title: 'final', version: 5 },
    ],
  })
  const written = await ns.write({
    upsert_rows: [
      { id: 101, title: 'final', version: 3 },
      { id: 102, title: 'late draft', version: 4 },
      { id: 103, title: 'new', version: 1 },
    ],
    upsert_condition: ['version', 'Lt', { $ref_new: 'version' }],
    return_affected_ids: true,
  })
  assert.equal(written.rows_affected, 2)
  assert.deepEqual(written.upserted_ids, [101, 103])
  assert.deepEqual(
    emulator.store.rows('demo').map((row) => [row.id, row.title]),
    [
      [101, 'final'],
      [102, 'final'],
      [103, 'new'],
    ],
  )
})

test('conditional patches and deletes skip absent rows and rows that fail; a delete has no incoming values', async (t) => {
  const { ns, emulator } = await emulatorCase(t)
  await ns.write({ upsert_rows: three, distance_metric: metric })
  const patched = await ns.write({
    patch_rows: [
      { id: 1, version: 5 },
      { id: 3, version: 2 },
      { id: 7, version: 9 },
    ],
    patch_condition: ['version', 'Lt', { $ref_new: 'version' }],
  })
  assert.equal(patched.rows_patched, 1)
  const byRef = await ns.write({ deletes: [1, 2], delete_condition: ['version', 'Lt', { $ref_new: 'version' }] })
  assert.equal(byRef.rows_deleted, 0, 'the incoming version of a delete is null, and nothing is less than null')
  const deleted = await ns.write({
    deletes: [1, 2, 7],
    delete_condition: ['version', 'Lte', 2],
    return_affected_ids: true,
  })
  assert.deepEqual(deleted.deleted_ids, [2])
  assert.deepEqual(
    emulator.store.rows('demo').map((row) => [row.id, row.version]),
    [
      [1, 5],
      [3, 3],
    ],
  )
})

test('in one request delete_by_filter comes first, then patch_by_filter, then writes by id on what they left', async (t) => {
  const { ns, emulator } = await emulatorCase(t)
  await ns.write({
    upsert_rows: [
      { id: 1, group: 'old', version: 1 },
      { id: 2, group: 'keep', version: 1 },
      { id: 3, group: 'keep', version: 1 },
    ],
  })
  const written = await ns.write({
    delete_by_filter: ['group', 'Eq', 'old'],
    patch_by_filter: { filters: ['version', 'Eq', 1], patch: { version: 10 } },
    upsert_rows: [
      { id: 1, group: 'fresh', version: 2 },
      { id: 2, group: 'refused: patched to 10 before', version: 5 },
    ],
    upsert_condition: ['version', 'Lt', { $ref_new: 'version' }],
    return_affected_ids: true,
  })
  assert.deepEqual(written.deleted_ids, [1])
  assert.deepEqual(written.patched_ids, [2, 3])
  assert.deepEqual(written.upserted_ids, [1])
  assert.equal(written.rows_affected, 4)
  assert.deepEqual(
    emulator.store.rows('demo').map((row) => [row.id, row.group, row.version]),
    [
      [1, 'fresh', 2],
      [2, 'keep', 10],
      [3, 'keep', 10],
    ],
  )
})

test('a refused request changes nothing, also when only its last row is wrong', async (t) => {
  const { ns, emulator } = await emulatorCase(t)
  await ns.write({ upsert_rows: three, distance_metric: metric })
  const before = emulator.store.rows('demo')
  const wrong = [
    { id: 1, vector: [1, 0], title: 'changed' },
    { id: 4, vector: [1, 1], version: 'text' },
  ]
  await assert.rejects(
    ns.write({ upsert_rows: wrong, delete_by_filter: ['id', 'Gte', 0] }, noRetry),
    apiError(400, "attribute 'version' has schema type int"),
  )
  assert.deepEqual(emulator.store.rows('demo'), before)
})

test('by-filter writes over too many rows fail whole, or go on in parts when allowed', async (t) => {
  const { ns } = await emulatorCase(t, { sizes: { patchByFilterRows: 2, deleteByFilterRows: 2 } })
  await ns.write({ upsert_rows: [1, 2, 3].map((id) => ({ id, group: 'all', seen: false })) })
  const by = { filters: ['seen', 'Eq', false] as ['seen', 'Eq', boolean], patch: { seen: true } }
  await assert.rejects(ns.write({ patch_by_filter: by }, noRetry), apiError(400, 'more documents than allowed'))
  const first = await ns.write({ patch_by_filter: by, patch_by_filter_allow_partial: true })
  assert.deepEqual([first.rows_patched, first.rows_remaining], [2, true])
  const second = await ns.write({ patch_by_filter: by, patch_by_filter_allow_partial: true })
  assert.deepEqual([second.rows_patched, second.rows_remaining], [1, false])
  const gone = await ns.write({ delete_by_filter: ['group', 'Eq', 'all'], delete_by_filter_allow_partial: true })
  assert.deepEqual([gone.rows_deleted, gone.rows_remaining], [2, true])
})

test('the same id twice in one request is refused, in whatever spelling of a UUID', async (t) => {
  const { ns } = await emulatorCase(t)
  const rows = ['769C134D-07B8-4225-954A-B6CC5FFC320C', '769c134d07b84225954ab6cc5ffc320c'].map((id) => ({ id }))
  await assert.rejects(
    ns.write({ upsert_rows: rows, schema: { id: 'uuid' } }, noRetry),
    apiError(400, 'duplicate document IDs'),
  )
})

test('ids are of one kind per namespace and at most 64 bytes', async (t) => {
  const { ns, client } = await emulatorCase(t)
  await ns.write({ upsert_rows: [{ id: 1 }] })
  await assert.rejects(
    ns.write({ upsert_rows: [{ id: 'one' }] }, noRetry),
    apiError(400, 'namespace ID type is uint, but you sent string'),
  )
  const text = client.namespace('text')
  await text.write({ upsert_rows: [{ id: 'é'.repeat(32) }] })
  await assert.rejects(
    text.write({ upsert_rows: [{ id: 'x'.repeat(65) }] }, noRetry),
    apiError(400, 'limit is currently 64'),
  )
  await assert.rejects(
    client.namespace('uuid').write({ upsert_rows: [{ id: 'not-a-uuid' }], schema: { id: 'uuid' } }, noRetry),
    apiError(400, 'could not be parsed as uuid'),
  )
})
