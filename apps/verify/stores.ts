/**
 * Finds the stores to compare: each sink app gives away `openSink` and the settings it needs. Apps never import each
 * other; this is a composition root like apps/host, so it loads them by package name, only those asked for.
 */
import type { Sink } from '@attio-stream/sink'
import type { z } from 'zod'

export interface Store {
  readonly name: string
  readonly settings: z.ZodObject
  readonly open: (settings: unknown) => Promise<Sink>
}

export const STORES = ['postgres', 'opensearch', 'turbopuffer'] as const

export async function loadStores(names: readonly string[]): Promise<readonly Store[]> {
  return await Promise.all(
    names.map(async (name) => {
      if (!(STORES as readonly string[]).includes(name))
        throw new Error(`There is no store ${name}; there are: ${STORES.join(', ')}.`)
      const { openSink, storeSettings } = (await import(`@attio-stream/sink-${name}`)) as {
        readonly openSink: Store['open']
        readonly storeSettings: z.ZodObject
      }
      return { name, settings: storeSettings, open: openSink }
    }),
  )
}
