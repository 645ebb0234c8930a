/** People who edit by chance, at a steady pace, until they are stopped. The same seed makes the same edits in the same order. */
import { setTimeout as pause } from 'node:timers/promises'
import type { AttioEmulator } from '../emulators/attio/index.ts'
import { randomFrom } from '../emulators/attio/world/random.ts'
import { editByChance } from '../oracle/random-edits.ts'

export interface People {
  edits(): number
  /** Rejects when an edit failed. */
  readonly failed: Promise<never>
  stop(): Promise<void>
}

export function startPeople(
  { world, edit }: Pick<AttioEmulator, 'world' | 'edit'>,
  { seed, perSecond }: { readonly seed: number; readonly perSecond: number },
): People {
  const home = new Error('they went home')
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  let edits = 0
  let stopped = false
  const began = performance.now()
  const working = editByChance({
    world,
    edit,
    random: randomFrom(seed),
    count: Number.POSITIVE_INFINITY,
    after: async (nth) => {
      edits = nth + 1
      await pause(Math.max(0, began + (edits * 1000) / perSecond - performance.now()))
      if (stopped) throw home
      world.advance()
    },
  }).catch((error: unknown) => {
    if (error !== home) failed.reject(error)
  })
  return {
    edits: () => edits,
    failed: failed.promise,
    stop: async () => {
      stopped = true
      await working
    },
  }
}
