/** What a reader can ask of the rows: filters by metadata, vectors, words; never the dead. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { localEmbedder } from '@attio-stream/embedder'
import type { Sink, Write } from '@attio-stream/sink'
import { givenDelete, givenPut } from '@attio-stream/sink/given'
import { startTurbopufferEmulator, type TurbopufferEmulator } from '@attio-stream/test/turbopuffer'
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import { createTurbopufferSink, type TurbopufferSinkOptions } from './sink.ts'

const forever = new AbortController().signal
const naming = { prefix: 'test-', generation: 1 }
const options = (emulator: TurbopufferEmulator): TurbopufferSinkOptions => ({
  client: new Turbopuffer({ baseURL: emulator.url, apiKey: emulator.apiKey, region: null, logLevel: 'off' }),
  embedder: localEmbedder(),
  naming,
})

describe('readers', () => {
  let emulator: TurbopufferEmulator
  let sink: Sink
  const workspace = 'w1'
  const namespace = 'test-w1-g1'
  const write = (...writes: readonly Write[]) => sink.write(writes, forever)
  before(async () => {
    emulator = await startTurbopufferEmulator()
  })
  after(() => emulator.stop())
  beforeEach(async () => {
    for (const name of emulator.store.namespaces()) emulator.store.delete(name)
    sink = createTurbopufferSink(options(emulator))
    await sink.open(forever)
  })

  test('metadata can be filtered by its type, and what a namespace cannot index stays readable and is counted', async () => {
    let leftOut = 0
    sink = createTurbopufferSink({
      ...options(emulator),
      onLeftOut: (count) => {
        leftOut += count
      },
    })
    const metadata = {
      record_id: 'a',
      deal_value: 48000,
      custom_text_tier: ['gold', 'x'.repeat(9_000)],
      custom_date_renewal: '2027-01-31',
      custom_date_broken: 'soon',
      custom_flag_vip: true,
      custom_number_seats: 2,
    }
    await write(givenPut({ id: 'a', workspace, version: 1 }, { metadata }))
    await write(
      givenPut({ id: 'b', workspace, version: 2 }, { metadata: { custom_number_seats: 1.5, deal_value: 'many' } }),
    )
    assert.equal(leftOut, 2)
    const ns = new Turbopuffer({ baseURL: emulator.url, apiKey: emulator.apiKey, region: null }).namespace(namespace)
    const found = async (filters: Parameters<typeof ns.query>[0]) =>
      (
        (await ns.query({ rank_by: ['record_id', 'asc'], limit: 9, include_attributes: ['record_id'], ...filters }))
          .rows ?? []
      ).map((row) => row.record_id)
    assert.deepEqual(await found({ filters: ['custom_text_tier', 'Contains', 'gold'] }), ['a'])
    assert.deepEqual(await found({ filters: ['custom_date_renewal', 'Gte', '2027-01-01T00:00:00Z'] }), ['a'])
    assert.deepEqual(
      await found({
        filters: [
          'And',
          [
            ['custom_number_seats', 'Gt', 1],
            ['custom_flag_vip', 'Eq', true],
          ],
        ],
      }),
      ['a'],
    )
    assert.deepEqual(await found({ filters: ['deal_value', 'Eq', 48000] }), ['a'])
    const text = emulator.store.rows(namespace).find((row) => row.record_id === 'a')?.metadata
    assert.deepEqual(JSON.parse(String(text)), metadata)
  })

  test('a search by meaning and by words finds the living and never the dead', async () => {
    await write(
      givenPut({ id: 'a', workspace, version: 1 }, { lines: ['Single sign-on in the base price'] }),
      givenPut({ id: 'b', workspace, version: 2 }, { lines: ['Tents for the mountains'] }),
      givenPut({ id: 'c', workspace, version: 3 }, { lines: ['Single sign-on, long ago'] }),
    )
    await write(givenDelete({ id: 'c', workspace, version: 4 }))
    const ns = new Turbopuffer({ baseURL: emulator.url, apiKey: emulator.apiKey, region: null }).namespace(namespace)
    const [vector] = await localEmbedder().embed(['What does single sign-on cost?'], forever)
    const near = await ns.query({
      rank_by: ['vector', 'ANN', Array.from(vector ?? [])],
      filters: ['deleted', 'Eq', false],
      limit: 9,
      include_attributes: ['record_id'],
    })
    assert.deepEqual(
      near.rows?.map((row) => row.record_id),
      ['a', 'b'],
    )
    const words = await ns.query({
      rank_by: ['text', 'BM25', 'sign-on prices'],
      limit: 9,
      include_attributes: ['record_id'],
    })
    assert.deepEqual(
      words.rows?.map((row) => row.record_id),
      ['a'],
      'a mark holds no text',
    )
  })
})
