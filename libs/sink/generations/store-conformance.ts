/**
 * What every store must do with generations, in sentences: run on the real server. Whoever reads while readers are moved
 * sees the one generation or the other, whole.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { givenDelete, givenPut } from '../given.ts'
import type { Sink } from '../sink.ts'
import type { Store } from './store.ts'

export interface StoreConformanceOptions {
  /** A store in a place of its own. */
  readonly open: () => Promise<Store>
  readonly close?: () => Promise<void>
  /** Titles of the workspace as readers get them, marks hidden. */
  readonly titles: (workspace: string) => Promise<readonly string[]>
  /** Moves readers. Default: the store's `show`. */
  readonly show?: (store: Store, generation: number) => Promise<void>
}

const forever = new AbortController().signal
const DOCUMENTS = 200

/** Registers the suite with node:test. */
export function storeConformance(name: string, options: StoreConformanceOptions): void {
  describe(`${name} keeps generations apart`, () => {
    let store: Store
    const workspace = randomUUID()
    const ids = Array.from({ length: DOCUMENTS }, () => randomUUID())
    const show = (generation: number) => options.show?.(store, generation) ?? store.show(generation)
    const sinks: Sink[] = []
    const filled = async (generation: number) => {
      const sink = store.sink(generation, { building: generation > 1 })
      sinks.push(sink)
      await sink.open(forever)
      const put = (id: string) =>
        givenPut({ id, workspace, version: 1 }, { title: `Company: Northwind generation ${generation}` })
      assert.deepEqual(await sink.write(ids.map(put), forever), [])
      await sink.write([givenDelete({ id: ids[0] as string, workspace, version: 2 })], forever)
      await sink.refresh()
      return sink
    }
    /** Which generations a reader sees at this moment, and how many documents. */
    const seen = async () => {
      const titles = await options.titles(workspace)
      return { documents: titles.length, generations: [...new Set(titles)].map((title) => Number(title.at(-1))) }
    }
    const all = DOCUMENTS - 1

    before(async () => {
      store = await options.open()
      await filled(1)
    })
    after(async () => {
      await Promise.all(sinks.map((sink) => sink.close()))
      await store?.close()
      await options.close?.()
    })

    test('a second generation stands beside the first, which stays what readers see', async () => {
      await filled(2)
      assert.deepEqual(await seen(), { documents: all, generations: [1] })
    })

    test('a search finds what is in a generation, and nothing that is not', async () => {
      const [dead, id] = ids as [string, string]
      const title = 'Company: Northwind generation 2'
      for (const generation of [1, 2]) assert.equal(await store.finds(generation, { workspace, id, title }), true)
      assert.equal(await store.finds(2, { workspace, id: dead, title }), false)
      assert.equal(await store.finds(2, { workspace, id: randomUUID(), title }), false)
    })

    test('readers who look all the time see one generation or the other while they are moved to and fro, whole', async () => {
      let moving = true
      const views: { readonly documents: number; readonly generations: readonly number[] }[] = []
      const look = async () => {
        while (moving) views.push(await seen())
      }
      const looking = [look(), look()]
      for (const generation of [2, 1, 2, 2, 1, 2]) await show(generation)
      moving = false
      await Promise.all(looking)
      views.push(await seen())
      for (const view of views)
        assert.deepEqual({ ...view, generations: 1 }, { documents: all, generations: view.generations.length })
      assert.deepEqual(views.at(-1)?.generations, [2])
    })

    test('a generation that is dropped leaves nothing, dropping it again does nothing, and the other is whole', async () => {
      await show(2)
      await store.drop(1)
      await store.drop(1)
      assert.deepEqual(await seen(), { documents: all, generations: [2] })
      const sink = store.sink(1)
      sinks.push(sink)
      await sink.open(forever)
      assert.deepEqual(await Array.fromAsync(sink.scan()), [])
      assert.deepEqual(await seen(), { documents: all, generations: [2] })
    })

    test('every generation is called something else', () => {
      const names = [1, 2, 3].flatMap((generation) => store.places(generation))
      assert.equal(new Set(names).size, names.length)
    })
  })
}
