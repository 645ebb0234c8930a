/**
 * How long after an edit each store's readers see it: polls all stores for each expectation and notes the first time it
 * holds, separately per store. Polling costs the stores little and bounds the error at one interval.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ShownDocument, Store } from './stores.ts'

export interface Watched {
  readonly record: string
  readonly what: string
  readonly visible: (shown: ShownDocument | undefined) => boolean
}

export interface Seen {
  readonly store: Store['name']
  /** ms from `since` until all expectations held. */
  readonly ms: number
}

const INTERVAL = 50

/** @throws Error naming store and record when something is not visible within `withinMs`. */
export function watch(
  stores: readonly Store[],
  watched: readonly Watched[],
  options: { readonly since: number; readonly withinMs: number; readonly signal?: AbortSignal },
): Promise<readonly Seen[]> {
  return Promise.all(stores.map((store) => seenIn(store, watched, options)))
}

async function seenIn(
  store: Store,
  watched: readonly Watched[],
  { since, withinMs, signal }: { since: number; withinMs: number; signal?: AbortSignal },
): Promise<Seen> {
  for (const { record, what, visible } of watched)
    while (!visible(await store.find(record))) {
      signal?.throwIfAborted()
      if (performance.now() - since > withinMs)
        throw new Error(`${store.name} does not show ${what} (record ${record}) after ${withinMs / 1000} s`)
      await pause(INTERVAL)
    }
  return { store: store.name, ms: performance.now() - since }
}
