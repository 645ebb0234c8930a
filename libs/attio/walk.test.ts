import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KEYSET } from './keyset.ts'
import { OFFSET } from './offset.ts'
import type { Read, Row, Rows } from './row.ts'
import { type Cursor, type Page, type Paging, type Position, walk } from './walk.ts'

const row = (id: number, time: number): Row => ({
  id: `r${id}`,
  createdAt: `2026-01-01T00:00:00.${String(time).padStart(9, '0')}Z`,
  raw: '{}',
})

/** A list at Attio: sorted by creation, ties by id, as inserted, or in another order at each read; changed by others between reads. */
class List {
  rows: Row[]
  reads = 0
  beforeRead: (list: List, nth: number) => void = () => {}
  readonly #ties: (a: Row, b: Row) => number
  constructor(rows: readonly Row[], ties: 'by id' | 'as inserted' | 'unstable' = 'as inserted') {
    this.rows = [...rows]
    const turned = (one: Row): number => (Number(one.id.slice(1)) * (this.reads * 7919 + 31)) % 1_009
    const order = {
      'by id': (a: Row, b: Row) => (a.id < b.id ? -1 : 1),
      'as inserted': () => 0,
      unstable: (a: Row, b: Row) => turned(a) - turned(b),
    }
    this.#ties = order[ties]
  }
  readonly read = async ({ after, offset }: Position, limit: number): Promise<Read<Rows>> => {
    this.beforeRead(this, this.reads)
    this.reads += 1
    const sorted = this.rows.toSorted((a, b) =>
      a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : this.#ties(a, b),
    )
    const window = after === null ? sorted : sorted.filter((one) => one.createdAt >= after)
    return { data: { rows: window.slice(offset, offset + limit), rejected: [] }, fence: this.reads, score: null }
  }
  delete(...ids: readonly string[]): void {
    this.rows = this.rows.filter((one) => !ids.includes(one.id))
  }
}

async function all(list: List, paging: Paging, cursor: Cursor | null = null): Promise<Page[]> {
  return Array.fromAsync(walk(list.read, paging, 'things', cursor))
}
const ids = (pages: readonly Page[]): string[] => pages.flatMap((page) => page.rows.map((one) => one.id))
const pagings = [
  ['keyset', KEYSET, 'as inserted'],
  ['keyset (ties by id)', KEYSET, 'by id'],
  ['offset', OFFSET, 'as inserted'],
] as const

for (const [name, style, ties] of pagings) {
  const paging = { ...style, limit: 10 }
  const rows = (count: number): Row[] => Array.from({ length: count }, (_, n) => row(n, n))

  test(`a ${name} walk yields everything once and ends on the short page`, async () => {
    for (const count of [0, 1, 9, 10, 11, 19, 20, 57]) {
      const list = new List(rows(count))
      const pages = await all(list, paging)
      assert.deepEqual(
        ids(pages),
        list.rows.map((one) => one.id),
        String(count),
      )
      assert.equal(pages.at(-1)?.cursor, null)
    }
  })

  test(`a ${name} walk resumes from the kept cursor of any page, and misses nothing`, async () => {
    const list = new List(rows(57))
    const pages = await all(list, paging)
    for (const [index, page] of pages.entries()) {
      if (page.cursor === null) continue
      const kept = JSON.parse(JSON.stringify(page.cursor)) as Cursor
      const rest = ids(await all(list, paging, kept))
      assert.deepEqual(new Set([...ids(pages.slice(0, index + 1)), ...rest]).size, 57)
    }
  })

  test(`a ${name} walk meets every row that was there from its beginning to its end, whatever is deleted and added meanwhile`, async () => {
    const change = fc.record({
      at: fc.nat(20),
      drop: fc.array(fc.nat(79), { maxLength: 40 }),
      add: fc.nat(5),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(30), { minLength: 1, maxLength: 80 }),
        fc.array(change, { maxLength: 6 }),
        async (times, changes) => {
          const list = new List(
            times.map((time, id) => row(id, time)),
            ties,
          )
          const gone = new Set<string>()
          list.beforeRead = (_, nth) => {
            for (const { drop, add } of changes.filter(({ at }) => at === nth)) {
              for (const id of drop) gone.add(`r${id}`)
              list.delete(...drop.map((id) => `r${id}`))
              for (let n = 0; n < add; n += 1) list.rows.push(row(1000 + list.rows.length + nth * 100 + n, 31 + nth))
            }
          }
          const met = new Set(ids(await all(list, paging)))
          for (const [id] of times.entries())
            if (!gone.has(`r${id}`)) assert.ok(met.has(`r${id}`), `r${id} was skipped`)
        },
      ),
    )
  })
}

test('a keyset walk goes on by offset inside a page full of one time', async () => {
  const list = new List([row(0, 1), ...Array.from({ length: 35 }, (_, n) => row(n + 1, 2)), row(99, 3)])
  assert.deepEqual(ids(await all(list, { ...KEYSET, limit: 10 })).length, 37)
})

test('a keyset walk meets every row also when ties come in another order at each read', async () => {
  const times = fc.constantFrom(60, 12).chain((last) => fc.array(fc.nat(last), { minLength: 150, maxLength: 300 }))
  await fc.assert(
    fc.asyncProperty(times, async (given) => {
      const list = new List(
        given.map((time, id) => row(id, time)),
        'unstable',
      )
      const most = Math.max(
        ...Map.groupBy(given, (time) => time)
          .values()
          .map((ties) => ties.length),
      )
      assert.equal(new Set(ids(await all(list, { ...KEYSET, limit: most + 3 }))).size, given.length)
    }),
  )
})

test('rows of one time cost no more reads than others when they come in the order of their ids', async () => {
  for (const [ties, reads] of [
    ['by id', 21],
    ['as inserted', 25],
  ] as const) {
    const list = new List(
      Array.from({ length: 10_000 }, (_, n) => row((n * 7_919) % 10_000, Math.floor(n / 400))),
      ties,
    )
    assert.equal(new Set(ids(await all(list, KEYSET))).size, 10_000)
    assert.equal(list.reads, reads)
  }
})

test('a keyset walk reads a page again from an earlier row when its last row does not show', async () => {
  const list = new List(Array.from({ length: 25 }, (_, n) => row(n, n)))
  list.beforeRead = (_, nth) => {
    if (nth === 1) list.delete('r9')
  }
  const positions: (string | null)[] = []
  const read = (at: Position, limit: number): Promise<Read<Rows>> => {
    positions.push(at.after)
    return list.read(at, limit)
  }
  const pages = await Array.fromAsync(walk(read, { ...KEYSET, limit: 10 }, 'things', null))
  assert.equal(new Set(ids(pages)).size, 25)
  assert.deepEqual(positions.slice(0, 3), [null, row(0, 9).createdAt, row(0, 8).createdAt])
})

test('a walk over 10,000 rows costs one read per 500', async () => {
  const list = new List(Array.from({ length: 10_000 }, (_, n) => row(n, n)))
  await all(list, KEYSET)
  assert.equal(list.reads, 21)
})

test('a list in no order at all is reported, not walked for ever', async () => {
  let n = 0
  const read = async (_: Position, limit: number): Promise<Read<Rows>> => {
    n += limit
    const rows = Array.from({ length: limit }, (_, index) => row(n + index, n + index))
    return { data: { rows, rejected: [] }, fence: 0, score: null }
  }
  await assert.rejects(Array.fromAsync(walk(read, { ...OFFSET, limit: 10 }, 'things', null)), /no stable order/)
})
