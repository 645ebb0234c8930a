/** The stores to ask, by package name: a composition root like apps/host, because apps never import each other. */
import type { Sink } from '@attio-stream/sink'
import type { z } from 'zod'

export interface Store {
  readonly settings: z.ZodObject
  readonly open: (settings: unknown) => Promise<Sink>
}

export const STORES = ['postgres', 'opensearch', 'turbopuffer'] as const

/** @throws Error for a name that is none. */
export async function loadStores(names: readonly string[]): Promise<readonly Store[]> {
  return await Promise.all(
    names.map(async (name) => {
      if (!(STORES as readonly string[]).includes(name))
        throw new Error(`There is no store ${name}; there are: ${STORES.join(', ')}.`)
      const { openSink, storeSettings } = (await import(`@attio-stream/sink-${name}`)) as {
        readonly openSink: Store['open']
        readonly storeSettings: z.ZodObject
      }
      return { settings: storeSettings, open: openSink }
    }),
  )
}
