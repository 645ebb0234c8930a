/** The live generation of a store alone, for whoever only reads it (verify). Nothing is made, and nothing follows a switch. */
import { openControl } from '@attio-stream/service'
import type { Sink } from '../sink.ts'
import { PostgresGenerations } from './postgres-generations.ts'
import type { Store } from './store.ts'

export interface LiveSettings {
  readonly DATABASE_URL: string
  readonly CELL: string
}

/** Closing the sink closes the store. Where no generation is known yet it is the first. */
export async function openLive(store: Store, { DATABASE_URL: databaseUrl, CELL: cell }: LiveSettings): Promise<Sink> {
  const control = await openControl({ databaseUrl, poolSize: 1 })
  try {
    const all = await new PostgresGenerations(control, { sink: store.name, cell }).all()
    const sink = store.sink(all.find(({ state }) => state === 'live')?.number ?? 1)
    const close = sink.close.bind(sink)
    sink.close = async () => {
      await close()
      await store.close()
    }
    return sink
  } finally {
    await control.close()
  }
}
