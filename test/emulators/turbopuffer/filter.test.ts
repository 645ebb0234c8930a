import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Filter } from '@turbopuffer/turbopuffer/resources'
import type { Case } from './emulator-case.ts'
import { apiError } from './emulator-case.ts'
import { filled } from './people.ts'

const ids = async ({ ns }: Case, filters: Filter) =>
  ((await ns.query({ rank_by: ['id', 'asc'], filters, limit: 100 })).rows ?? []).map((row) => row.id)

test('every filter operator finds what the documentation says, nulls included', async (t) => {
  const found = await filled(t)
  const cases: readonly [Filter, number[]][] = [
    [['age', 'Eq', 40], [2]],
    [['age', 'Eq', null], [4]],
    [
      ['age', 'NotEq', 40],
      [1, 3, 4],
    ],
    [
      ['age', 'NotEq', null],
      [1, 2, 3],
    ],
    [
      ['age', 'In', [30, 50]],
      [1, 3],
    ],
    [
      ['age', 'NotIn', [30, 50]],
      [2, 4],
    ],
    [
      ['age', 'Lt', 40],
      [1, 4],
    ],
    [['age', 'Lt', null], []],
    [
      ['age', 'Lte', 40],
      [1, 2, 4],
    ],
    [['age', 'Gt', 40], [3]],
    [
      ['age', 'Gte', 40],
      [2, 3],
    ],
    [
      ['name', 'Lt', 'Z'],
      [1, 3, 4],
    ],
    [
      ['tags', 'Contains', 'go'],
      [1, 2],
    ],
    [
      ['tags', 'NotContains', 'go'],
      [3, 4],
    ],
    [
      ['tags', 'ContainsAny', ['rust', 'python']],
      [1, 3],
    ],
    [
      ['tags', 'NotContainsAny', ['rust', 'python']],
      [2, 4],
    ],
    [
      ['tags', 'In', ['rust', 'go']],
      [1, 2, 3],
    ],
    [
      ['tags', 'AnyGt', 'p'],
      [1, 3],
    ],
    [
      ['city', 'Glob', 'Leeds/**'],
      [1, 3],
    ],
    [
      ['city', 'NotGlob', 'Leeds/**'],
      [2, 4],
    ],
    [['city', 'IGlob', 'leeds/{north,east}'], [1]],
    [
      ['city', 'Regex', '^(York|.*South)$'],
      [2, 3],
    ],
    [
      ['id', 'In', [4, 2, 77]],
      [2, 4],
    ],
    [
      ['id', 'Gt', 2],
      [3, 4],
    ],
    [
      ['Not', ['vip', 'Eq', true]],
      [2, 4],
    ],
    [
      [
        'And',
        [
          ['vip', 'Eq', true],
          ['age', 'Gt', 30],
        ],
      ],
      [3],
    ],
    [
      [
        'Or',
        [
          ['id', 'Eq', 1],
          [
            'And',
            [
              ['name', 'Eq', 'bob'],
              ['age', 'Lt', 41],
            ],
          ],
        ],
      ],
      [1, 2],
    ],
    [
      ['And', []],
      [1, 2, 3, 4],
    ],
    [['Or', []], []],
  ]
  for (const [filter, expected] of cases) assert.deepEqual(await ids(found, filter), expected, JSON.stringify(filter))
})

test('a filter on an unknown attribute, of the wrong type, or on one that is not filterable is refused', async (t) => {
  const found = await filled(t)
  await assert.rejects(ids(found, ['nope', 'Eq', 1]), apiError(400, 'filter error in key `nope`: attribute not found'))
  const wrong: readonly [Filter, string][] = [
    [
      ['tags', 'Contains', ['a', 'b']],
      "filter error in key `tags`: type mismatch, Contains expects string, but got '[a, b]'",
    ],
    [['tags', 'ContainsAny', 'a'] as unknown as Filter, "type mismatch, ContainsAny expects []string, but got 'a'"],
    [['id', 'Eq', 'x'], "filter error in key `id`: type mismatch, Eq expects uint, but got 'x'"],
    [['age', 'In', ['x']], "type mismatch, In expects int or []int, but got '[x]'"],
  ]
  for (const [filter, text] of wrong) await assert.rejects(ids(found, filter), apiError(400, text))
  await found.ns.updateSchema({ schema: { age: { type: 'int', filterable: false } } })
  await assert.rejects(ids(found, ['age', 'Eq', 1]), apiError(400, 'not filterable'))
  await assert.rejects(ids(found, ['city', 'Regex', '(']), apiError(400, 'invalid regex'))
  await assert.rejects(ids(found, 'x' as unknown as Filter), apiError(422, 'Failed to deserialize'))
})

test('equality indexes follow upserts, patches and deletes', async (t) => {
  const found = await filled(t)
  const vip: Filter = ['name', 'In', ['Ann', 'bob', 'Eve']]
  assert.deepEqual(await ids(found, vip), [1, 2])
  await found.ns.write({
    patch_rows: [{ id: 3, name: 'Eve' }],
    deletes: [1],
    upsert_rows: [{ id: 2, vector: [1, 1], name: 'Bo' }],
  })
  assert.deepEqual(await ids(found, vip), [3])
  await found.ns.write({ delete_by_filter: ['name', 'Eq', 'Eve'] })
  assert.deepEqual(await ids(found, vip), [])
})
