/**
 * Whether a generation holds what it should: ids both ways, every document's content hash against what the formatter says
 * now, and searches that must find. Runs while the generation is being written: what changes meanwhile is not judged. Its
 * memory does not grow with the documents.
 */
import { join } from 'node:path'
import type { Codec, Log } from '@attio-stream/stream'
import { compare, type Difference } from '../compare.ts'
import { ExpectationTable } from '../expectation-table.ts'
import { collectExpected, readBuried, readChanged } from '../expected.ts'
import type { Format } from '../projection.ts'
import type { Sink } from '../sink.ts'
import type { Sample, Store } from './store.ts'

export interface CheckOptions {
  readonly store: Pick<Store, 'finds'>
  /** Of the generation. */
  readonly sink: Sink
  readonly generation: number
  readonly log: Log
  readonly codec: Codec
  readonly format: Format
  /** For a table, which is removed again. */
  readonly directory: string
  /** False when it was built by other code: then ids and versions count, contents do not. */
  readonly contents: boolean
  /** Resolves when everything before these offsets is written. */
  readonly written: (read: readonly number[]) => Promise<void>
  readonly signal: AbortSignal
}

export interface Verdict {
  readonly documents: number
  readonly dead: number
  /** Documents that are missing because the store will never take them: dead letters. */
  readonly buried: number
  /** At most MOST of them. */
  readonly differences: readonly Difference[]
  readonly more: number
  /** Documents that are there and that a search did not find. */
  readonly unfound: readonly Sample[]
}

const MOST = 1000
/** Searches tried, of documents drawn from all: some of those are outdated by the end of the topic. */
const SAMPLES = 3
const DRAWN = 24

export const isGood = ({ differences, more, unfound }: Verdict): boolean =>
  differences.length === 0 && more === 0 && unfound.length === 0

export async function check(options: CheckOptions): Promise<Verdict> {
  const { store, sink, generation, log, codec, format, signal, contents } = options
  const table = new ExpectationTable(join(options.directory, 'checks'))
  try {
    const samples: (Sample & { readonly hash: string })[] = []
    let puts = 0
    const { read } = await collectExpected({ log, codec, format, signal }, table, (write) => {
      if (write.kind === 'put') {
        const { workspace, id, hash } = write
        // Each put is as likely as any other to be among the samples at the end.
        const at = Math.floor(Math.random() * ++puts)
        if (at < DRAWN) samples[puts <= DRAWN ? puts - 1 : at] = { workspace, id, hash, title: write.document.title }
      }
      return true
    })
    const { alive: documents, dead } = table.count()
    await options.written(read)
    const buried = await readBuried({ log, codec, signal }, sink.name)
    await sink.refresh()
    const judging = { expected: table, committed: read, buried, read, contents, most: MOST }
    const found = await compare(sink.scan(), judging)
    const doubtful = new Set(found.differences.map(({ id }) => id))
    const changed = doubtful.size === 0 ? doubtful : await readChanged({ log, signal }, read, (id) => doubtful.has(id))
    const still = found.differences.filter(({ id }) => !changed.has(id))
    const judged = still.filter((difference) => !difference.buried)
    const unfound: Sample[] = []
    const alive = samples.filter(({ id, hash }) => table.get(id)?.hash === hash && !buriedIn(table, id, buried))
    for (const { workspace, id, title } of new Map(alive.map((one) => [one.id, one])).values().take(SAMPLES)) {
      if (await store.finds(generation, { workspace, id, title })) continue
      const gone = await readChanged({ log, signal }, read, (key) => key === id)
      if (gone.size === 0) unfound.push({ workspace, id, title })
    }
    return { documents, dead, buried: still.length - judged.length, differences: judged, more: found.more, unfound }
  } finally {
    table.close()
  }
}

function buriedIn(table: ExpectationTable, id: string, buried: ReadonlySet<string>): boolean {
  const should = table.get(id)
  return should !== undefined && buried.has(`${should.partition}/${should.version}`)
}

/** What is wrong, by id and kind; no text of documents. */
export function verdictLines({ differences, more, unfound }: Verdict, most = 20): readonly string[] {
  const lines = differences
    .slice(0, most)
    .map(({ kind, id, document, workspace }) => `${kind} ${document ?? id} (workspace ${workspace})`)
  const rest = differences.length - lines.length + more
  if (rest > 0) lines.push(`… and ${rest} more`)
  return [...lines, ...unfound.map(({ id, workspace }) => `not found by a search: ${id} (workspace ${workspace})`)]
}
