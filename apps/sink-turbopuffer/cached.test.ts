import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Embedder } from '@attio-stream/embedder'
import { cached } from './cached.ts'
import { memoryCache } from './memory-cache.ts'

const forever = new AbortController().signal

test('a cached text is embedded once, the same text twice in a batch too, and a broken cache costs only work', async () => {
  const asked: string[] = []
  const inner: Embedder = {
    model: 'm',
    dimensions: 2,
    embed: async (texts) => {
      asked.push(...texts)
      return texts.map((text) => (text === 'refused' ? null : Float32Array.of(text.length, 1)))
    },
  }
  const uses: number[][] = []
  const embedder = cached({ embedder: inner, cache: memoryCache(10), onUse: (...use) => uses.push(use) })
  assert.deepEqual(await embedder.embed(['aa', 'b', 'aa', 'refused'], forever), [
    Float32Array.of(2, 1),
    Float32Array.of(1, 1),
    Float32Array.of(2, 1),
    null,
  ])
  assert.deepEqual(await embedder.embed(['b', 'aa'], forever), [Float32Array.of(1, 1), Float32Array.of(2, 1)])
  assert.deepEqual(asked, ['aa', 'b', 'refused'])
  assert.deepEqual(uses, [
    [0, 3],
    [2, 0],
  ])
  const troubles: unknown[] = []
  const broken = {
    get: async () => Promise.reject(new Error('down')),
    put: async () => Promise.reject(new Error('down')),
  }
  const without = cached({ embedder: inner, cache: broken, onTrouble: (error) => troubles.push(error) })
  assert.deepEqual(await without.embed(['ccc'], forever), [Float32Array.of(3, 1)])
  assert.equal(troubles.length, 2)
})

test('the memory cache keeps the most recently used vectors', async () => {
  const cache = memoryCache(2)
  const vector = Float32Array.of(1)
  await cache.put(
    'm',
    new Map([
      ['a', vector],
      ['b', vector],
    ]),
  )
  await cache.get('m', ['a'])
  await cache.put('m', new Map([['c', vector]]))
  assert.deepEqual([...(await cache.get('m', ['a', 'b', 'c'])).keys()], ['a', 'c'])
  assert.equal((await cache.get('other', ['a'])).size, 0)
})
