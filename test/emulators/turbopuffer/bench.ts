/**
 * How fast the emulator takes what the sink sends: `node test/emulators/turbopuffer/bench.ts`. 10,000 chunk rows of 256
 * dimensions in conditional upserts with a patch_by_filter over their documents, then searches.
 */
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import type { Filter } from '@turbopuffer/turbopuffer/resources'
import { startTurbopufferEmulator } from './index.ts'

const ROWS = 10_000
const BATCH = 1_000
const emulator = await startTurbopufferEmulator()
const client = new Turbopuffer({ baseURL: emulator.url, apiKey: emulator.apiKey, maxRetries: 0 })
const ns = client.namespace('bench')
const random = (() => {
  let state = 42
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
})()
const WORDS = Array.from({ length: 3_000 }, (_, i) => `word${i}`)
const text = () => Array.from({ length: 200 }, () => WORDS[Math.floor(random() ** 2 * WORDS.length)]).join(' ')
const vector = () => {
  const floats = new Float32Array(256).map(() => random() - 0.5)
  return Buffer.from(floats.buffer).toString('base64')
}
const row = (i: number, version: number) => ({
  id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
  vector: vector(),
  text: text(),
  document_id: `doc-${i >> 1}`,
  ordinal: i & 1,
  version,
  deleted: false,
})
const schema = {
  id: 'uuid',
  text: { type: 'string', full_text_search: { stemming: true }, filterable: false },
} as const

const stale = (id: string, version: number): Filter => [
  'And',
  [
    ['document_id', 'Eq', id],
    ['ordinal', 'Gte', 2],
    ['version', 'Lt', version],
  ],
]

async function load(version: number): Promise<void> {
  const batches = Array.from({ length: ROWS / BATCH }, (_, b) =>
    Array.from({ length: BATCH }, (_, i) => row(b * BATCH + i, version)),
  )
  const started = performance.now()
  for (const upsert_rows of batches) {
    const documents = [...new Set(upsert_rows.map((each) => each.document_id))]
    await ns.write({
      upsert_rows,
      upsert_condition: ['version', 'Lte', { $ref_new: 'version' }],
      patch_by_filter: {
        filters: ['Or', documents.map((id) => stale(id, version))],
        patch: { deleted: true, version },
      },
      schema,
      distance_metric: 'cosine_distance',
    })
  }
  const ms = performance.now() - started
  console.log(
    `${ROWS} rows in requests of ${BATCH} (${BATCH / 2} documents): ${Math.round(ms)} ms, ${Math.round((ROWS / ms) * 1000)} rows/s`,
  )
}

async function time(name: string, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now()
  await work()
  console.log(`${name}: ${(performance.now() - started).toFixed(1)} ms`)
}

await load(1)
await load(2)
const live = ['deleted', 'Eq', false] as ['deleted', 'Eq', boolean]
const search = () => ns.query({ rank_by: ['text', 'BM25', 'word7 word80'], filters: live, limit: 10 })
await time('first BM25 search (builds the index)', search)
await time('BM25 search', search)
await time('vector search', () =>
  ns.query({ rank_by: ['vector', 'ANN', Array.from({ length: 256 }, random)], filters: live, limit: 10 }),
)
await time('delete_by_filter of 500 documents', () =>
  ns.write({ delete_by_filter: ['document_id', 'In', Array.from({ length: 500 }, (_, i) => `doc-${i}`)] }),
)
console.log(`resident: ${Math.round(process.memoryUsage.rss() / 1e6)} MB`)
await emulator.stop()
