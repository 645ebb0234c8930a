/**
 * Finds the stores: each sink app with generations gives away `openStore` and the settings it needs. Apps never import each
 * other; this is a composition root like apps/host, so it loads them by package name, only those asked for.
 */
import type { Store } from '@attio-stream/sink'
import type { z } from 'zod'

export interface Found {
  readonly name: string
  readonly settings: z.ZodObject
  readonly open: (settings: unknown) => Store
}

export const SINKS = ['postgres', 'opensearch', 'turbopuffer'] as const

export async function loadStores(names: readonly string[]): Promise<readonly Found[]> {
  return await Promise.all(
    names.map(async (name) => {
      const { openStore, storeSettings } = (await import(`@attio-stream/sink-${name}`)) as {
        readonly openStore: Found['open']
        readonly storeSettings: z.ZodObject
      }
      return { name, settings: storeSettings, open: openStore }
    }),
  )
}
