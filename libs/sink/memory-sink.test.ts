import { sinkConformance } from './conformance.ts'
import { MemorySink } from './memory-sink.ts'
import { StoreError } from './sink.ts'

let lose = false
sinkConformance('the memory sink', {
  open: async () =>
    new MemorySink({
      refuse: ({ document }) => (document.title === 'refused' ? 'The title is refused.' : undefined),
      after: () => {
        if (lose) throw new StoreError('the answer was lost')
      },
    }),
  see: async (sink, workspace, id) => {
    const put = (sink as MemorySink).get(workspace, id)
    if (put === undefined) return undefined
    const { document } = put
    return {
      id: document.id,
      title: document.title,
      chunks: document.chunks.map(({ text }) => text),
      metadata: document.metadata,
    }
  },
  refusable: (document) => ({ ...document, title: 'refused' }),
  losingTheAnswer: async (sink, writes) => {
    lose = true
    try {
      await sink.write(writes, new AbortController().signal)
    } finally {
      lose = false
    }
  },
})
