/** The promises of every sink, against the emulator, driven by the official client. */

import { localEmbedder } from '@attio-stream/embedder'
import { sinkConformance } from '@attio-stream/sink/conformance'
import { startTurbopufferEmulator, type TurbopufferEmulator } from '@attio-stream/test/turbopuffer'
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import { createTurbopufferSink } from './sink.ts'

const forever = new AbortController().signal

let shared: TurbopufferEmulator

function sinkWith(more: { readonly timeout?: number }, embedder = localEmbedder()) {
  const reached = { baseURL: shared.url, apiKey: shared.apiKey, region: null, logLevel: 'off', maxRetries: 0 } as const
  const client = new Turbopuffer({ ...reached, ...more })
  return createTurbopufferSink({ client, embedder, naming: { prefix: 'test-', generation: 1 } })
}

sinkConformance('the turbopuffer sink', {
  open: async () => {
    shared = await startTurbopufferEmulator({ sizes: { documentBytes: 400_000 } })
    const sink = sinkWith({})
    await sink.open(forever)
    return sink
  },
  close: () => shared.stop(),
  see: async (_, workspace, id) => {
    const client = new Turbopuffer({ baseURL: shared.url, apiKey: shared.apiKey, region: null })
    const { rows = [] } = await client
      .namespace(`test-${workspace}-g1`)
      .query({
        rank_by: ['ordinal', 'asc'],
        limit: 100,
        filters: [
          'And',
          [
            ['record_id', 'Eq', id],
            ['deleted', 'Eq', false],
          ],
        ],
        include_attributes: ['document_id', 'title', 'text', 'metadata'],
      })
      .catch((error: { status?: number }) => {
        if (error.status === 404) return { rows: [] }
        throw error
      })
    const [head] = rows
    if (!head) return undefined
    return {
      id: String(head.document_id),
      title: String(head.title),
      chunks: rows.map((row) => String(row.text)),
      metadata: JSON.parse(String(head.metadata)),
    }
  },
  refusable: (document) => {
    const [chunk] = document.chunks
    return chunk ? { ...document, chunks: [{ ...chunk, text: `${chunk.text} ${'x'.repeat(500_000)}` }] } : document
  },
  unanswered: (writes) => {
    shared.faults.add({ kind: 'slow', ms: 2_000, operation: 'write', times: 1 })
    return sinkWith({ timeout: 200 }).write(writes, forever)
  },
  drifted: () => {
    const embedder = { ...localEmbedder(), dimensions: 8 }
    return sinkWith({}, embedder).open(forever)
  },
  losingTheAnswer: (sink, writes) => {
    shared.faults.add({ kind: 'drop-after', operation: 'write', times: 1 })
    return sink.write(writes, forever)
  },
})
