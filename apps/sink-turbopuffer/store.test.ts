/** Generations on the emulator; which one is live is a row, so the registry moves readers. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { MemoryGenerations } from '@attio-stream/sink/memory'
import { storeConformance } from '@attio-stream/sink/store-conformance'
import { startTurbopufferEmulator, type TurbopufferEmulator } from '@attio-stream/test/turbopuffer'
import { storeSettings } from './config.ts'
import { TurbopufferStore } from './store.ts'

let emulator: TurbopufferEmulator | undefined
const opened = async (more: Record<string, unknown> = {}) => {
  emulator ??= await startTurbopufferEmulator()
  return new TurbopufferStore(
    storeSettings.parse({
      TURBOPUFFER_BASE_URL: emulator.url,
      TURBOPUFFER_API_KEY: emulator.apiKey,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      ...more,
    }),
  )
}
after(() => emulator?.stop())

const generations = new MemoryGenerations('turbopuffer')
const begin = { key: { format: '1', schema: 's', model: 'm' }, places: (n: number) => [`attio-{workspace}-g${n}`] }

storeConformance('turbopuffer', {
  open: async () => {
    const store = await opened()
    await generations.live(begin)
    return store
  },
  show: async (_, generation) => {
    const live = await generations.live(begin)
    if (live.number === generation) return
    const known = (await generations.all()).find(({ number }) => number === generation)
    const { number } = known ?? (await generations.start(begin))
    await generations.move(number, ['building', 'retired'], 'verified')
    await generations.makeLive(number, async () => {})
  },
  titles: async (workspace) => {
    const live = await generations.live(begin)
    const namespace = String(live.places[0]).replace('{workspace}', workspace)
    return emulator?.store.rows(namespace).flatMap((row) => (row.deleted ? [] : [String(row.title)])) ?? []
  },
})

test('a model of its own, or other dimensions, make another generation', async () => {
  const local = await opened()
  const remote = await opened({ EMBEDDINGS_URL: 'http://127.0.0.1:1/v1' })
  const shorter = await opened({ EMBEDDINGS_URL: 'http://127.0.0.1:1/v1', EMBEDDINGS_DIMENSIONS: '512' })
  const models = [local, remote, shorter].map(({ model }) => model)
  assert.deepEqual(models, ['local-hash-256-v1/256', 'text-embedding-3-small/1536', 'text-embedding-3-small/512'])
  assert.equal(new Set([local, remote, shorter].map(({ schema }) => schema)).size, 1)
})
