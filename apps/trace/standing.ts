/** What each store has of one record now, beside what crm.artifacts says it should have. */
import { toDocument } from '@attio-stream/documents'
import {
  compare,
  type Expectation,
  expectationsIn,
  type Holding,
  type Kind,
  project,
  type Sink,
  sinkGroup,
} from '@attio-stream/sink'
import type { Codec, Log } from '@attio-stream/stream'
import type { Found } from './reading.ts'

export interface Standing {
  readonly store: string
  /** null: nothing, not even a mark. */
  readonly held: Pick<Holding, 'version' | 'hash' | 'deleted' | 'workspace'> | null
  /** As it should be, still to be written by the sink, or how it differs. */
  readonly verdict: 'as it should be' | 'the sink has not come to it yet' | Kind | 'unknown'
  /** Why the store could not be asked, or null. */
  readonly failure: string | null
}

export interface StandingOptions {
  readonly log: Pick<Log, 'committed'>
  readonly codec: Codec
  readonly stores?: readonly Sink[]
}

export async function standingOf(
  id: string,
  workspace: string,
  artifacts: readonly Found<'crm.artifacts'>[],
  { log, codec, stores = [] }: StandingOptions,
): Promise<readonly Standing[]> {
  const expected = expectedOf(id, artifacts, codec)
  return await Promise.all(
    stores.map(async (sink): Promise<Standing> => {
      try {
        await sink.refresh()
        const holdings = (await Array.fromAsync(sink.scan({ workspace, id }))).filter((holding) => holding.id === id)
        const committed = await log.committed(sinkGroup(sink.name, sink.generation), 'crm.artifacts')
        const judging = { expected: expectationsIn(expected), committed, buried: new Set<string>() }
        const { differences, pending } = await compare(each(holdings), judging)
        const [held] = holdings
        const shown =
          held === undefined
            ? null
            : { version: held.version, hash: held.hash, deleted: held.deleted, workspace: held.workspace }
        const verdict = differences[0]?.kind ?? (pending > 0 ? 'the sink has not come to it yet' : 'as it should be')
        return { store: sink.name, held: shown, verdict, failure: null }
      } catch (error) {
        const failure = error instanceof Error ? error.message : String(error)
        return { store: sink.name, held: null, verdict: 'unknown', failure }
      }
    }),
  )
}

async function* each(holdings: readonly Holding[]): AsyncGenerator<Holding> {
  yield* holdings
}

/** The newest message that can become a write; none after a tombstone. */
function expectedOf(
  id: string,
  artifacts: readonly Found<'crm.artifacts'>[],
  codec: Codec,
): ReadonlyMap<string, Expectation> {
  for (const message of artifacts.toReversed()) {
    const projection = project(message, codec, toDocument)
    if (projection.kind === 'rejected') continue
    const { write } = projection
    if (write.kind === 'forget') break
    const { workspace, version, partition } = write
    return new Map([[id, { workspace, version, partition, hash: write.kind === 'put' ? write.hash : '', prefix: '' }]])
  }
  return new Map()
}
