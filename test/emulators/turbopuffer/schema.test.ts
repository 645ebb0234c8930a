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
const idsOf = (rows: readonly { id: unknown }[] | undefined) => (rows ?? []).map((row) => row.id)

test('types are inferred at first sight, declared types hold, and a type never changes', async (t) => {
  const { ns } = await emulatorCase(t)
  await ns.write({
    upsert_rows: [
      {
        id: 1,
        n: 1,
        f: 1.5,
        s: 'x',
        b: true,
        list: ['a'],
        at: '2026-01-02T03:04:05+01:00',
        owner: 'EE1F7C89-A3AA-43C1-8941-C987EE03E7BC',
      },
    ],
    schema: { at: 'datetime', owner: 'uuid' },
  })
  const schema = await ns.schema()
  const types = Object.entries(schema).map(([name, attribute]) => [name, attribute.type])
  assert.deepEqual(Object.fromEntries(types), {
    id: 'uint',
    n: 'int',
    f: 'float',
    s: 'string',
    b: 'bool',
    list: '[]string',
    at: 'datetime',
    owner: 'uuid',
  })
  const { rows } = await ns.query({ rank_by: ['id', 'asc'], limit: 1, include_attributes: ['at', 'owner'] })
  assert.deepEqual(rows, [{ id: 1, at: '2026-01-02T02:04:05.000Z', owner: 'ee1f7c89-a3aa-43c1-8941-c987ee03e7bc' }])
  await assert.rejects(
    ns.write({ schema: { s: 'int' } }, noRetry),
    apiError(400, 'cannot change attribute type from string to int'),
  )
  await assert.rejects(
    ns.write({ upsert_rows: [{ id: 2, n: 1.5 }] }, noRetry),
    apiError(400, "'n' has schema type int"),
  )
})

test('vectors need a metric, keep their dimensions and cannot be patched', async (t) => {
  const { ns, client } = await emulatorCase(t)
  await assert.rejects(ns.write({ upsert_rows: three }, noRetry), apiError(400, 'distance_metric must be specified'))
  await ns.write({ upsert_rows: three, distance_metric: metric })
  await assert.rejects(
    ns.write({ upsert_rows: [{ id: 4, vector: [1, 2, 3] }] }, noRetry),
    apiError(400, "'vector' has schema type [2]f32"),
  )
  await assert.rejects(ns.write({ upsert_rows: [{ id: 4 }] }, noRetry), apiError(400, 'missing required vector'))
  await assert.rejects(
    ns.write({ patch_rows: [{ id: 1, vector: [1, 1] }] }, noRetry),
    apiError(400, 'patching vectors is currently unsupported'),
  )
  await assert.rejects(
    ns.write({ upsert_rows: [{ id: 4, vector: [1, 1] }], distance_metric: 'euclidean_squared' }, noRetry),
    apiError(400, 'distance metric mismatch, expected cosine_distance, got euclidean_squared'),
  )
  await assert.rejects(
    client
      .namespace('plain')
      .write({ schema: { vector: '[2]f32' }, upsert_rows: three, distance_metric: metric }, noRetry),
    apiError(400, 'the `vector` attribute must have `ann` set to `true`'),
  )
})

test('a vector may be base64 of little-endian floats, in and out', async (t) => {
  const { ns } = await emulatorCase(t)
  const encoded = Buffer.from(new Float32Array([0.5, -2]).buffer).toString('base64')
  await ns.write({ upsert_rows: [{ id: 1, vector: encoded }], distance_metric: 'euclidean_squared' })
  const query = {
    rank_by: ['vector', 'ANN', [0.5, -2]] as ['vector', 'ANN', number[]],
    limit: 1,
    include_attributes: ['vector'],
  }
  assert.deepEqual((await ns.query(query)).rows, [{ $dist: 0, id: 1, vector: [0.5, -2] }])
  assert.equal((await ns.query({ ...query, vector_encoding: 'base64' })).rows?.[0]?.vector, encoded)
})

test('values, names and counts over the documented sizes are refused', async (t) => {
  const { ns } = await emulatorCase(t, { sizes: { attributeNames: 3, valueBytes: 10_000 } })
  const long = 'x'.repeat(4097)
  await assert.rejects(
    ns.write({ upsert_rows: [{ id: 1, text: long }] }, noRetry),
    apiError(400, 'filterable attribute'),
  )
  await ns.write({ upsert_rows: [{ id: 1, text: long }], schema: { text: { type: 'string', filterable: false } } })
  await assert.rejects(
    ns.write({ upsert_rows: [{ id: 1, text: 'x'.repeat(10_001) }] }, noRetry),
    apiError(400, 'limit is currently 10000'),
  )
  await assert.rejects(ns.write({ upsert_rows: [{ id: 1, $no: 1 }] }, noRetry), apiError(400, 'invalid attribute name'))
  await assert.rejects(ns.write({ upsert_rows: [{ id: 1, ['n'.repeat(129)]: 1 }] }, noRetry), apiError(400, 'too long'))
  await assert.rejects(
    ns.write({ upsert_rows: [{ id: 1, a: 1, b: 1, c: 1 }] }, noRetry),
    apiError(400, 'too many attributes'),
  )
})

test('a copy has the rows, schema and metric of its source, and only an empty namespace can be copied into', async (t) => {
  const { ns, client, emulator } = await emulatorCase(t)
  await ns.write({ upsert_rows: three, distance_metric: metric })
  const copy = client.namespace('copy')
  await copy.copyFrom({ source_namespace: 'demo' })
  assert.deepEqual(emulator.store.rows('copy'), emulator.store.rows('demo'))
  await ns.write({ deletes: [1] })
  assert.deepEqual(idsOf((await copy.query({ rank_by: ['id', 'asc'], limit: 9 })).rows), [1, 2, 3])
  await assert.rejects(copy.copyFrom({ source_namespace: 'demo' }, noRetry), apiError(400, 'must be empty'))
})
