/** The suite every store passes. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '@attio-stream/sink'
import { sinkConformance } from '@attio-stream/sink/conformance'
import { JsonlSink } from './sink.ts'

const directory = await mkdtemp(join(tmpdir(), 'sink-jsonl-'))
const sink = new JsonlSink({ SINK_JSONL_DIRECTORY: directory, SINK_JSONL_LONGEST_TEXT: 1_000_000 })
sinkConformance('jsonl', {
  open: () => sink.open().then(() => sink),
  close: () => rm(directory, { recursive: true }),
  see: async (_sink, workspace, id) => {
    const found = await sink.get(workspace, id)
    if (found === undefined) return undefined
    const { title, metadata, chunks } = found
    return { id: found.id, title, metadata, chunks: chunks.map(({ text }) => text) }
  },
  refusable: (document) => ({ ...document, text: 'x'.repeat(1_000_001) }),
  forgetting: () => sink.close().then(() => sink.open()),
  drifted: async () => {
    const other = join(directory, 'drifted')
    await mkdir(other)
    await writeFile(join(other, 'w.jsonl'), '{"title":"of another program"}\n')
    await new JsonlSink({ SINK_JSONL_DIRECTORY: other, SINK_JSONL_LONGEST_TEXT: 1_000_000 }).open()
  },
  losingTheAnswer: async (_sink, writes) => {
    await sink.write(writes, new AbortController().signal)
    throw new StoreError('the answer was lost')
  },
})
