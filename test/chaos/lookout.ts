/**
 * Reads every store again and again, as a reader does, and writes down what must never be seen: a document that was gone and
 * is there again, and one whose version went back (R4, R9). A store that does not answer is looked at again later.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Store } from '../support/stores.ts'

const EVERY_MS = 500

interface Sight {
  readonly version: number
  readonly gone: boolean
}

export class Lookout {
  readonly resurrected: string[] = []
  readonly backwards: string[] = []
  samples = 0
  readonly #stopping = new AbortController()
  readonly #everyMs: number
  readonly #watching: Promise<unknown>

  constructor(stores: readonly Store[], everyMs = EVERY_MS) {
    this.#everyMs = everyMs
    this.#watching = Promise.all(stores.map((store) => this.#watch(store)))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#watching
  }

  async #watch(store: Store): Promise<void> {
    const { signal } = this.#stopping
    const seen = new Map<string, Sight>()
    while (!signal.aborted) {
      const versions = await store.versions().catch(() => undefined)
      if (versions !== undefined) this.#compare(store.name, seen, versions)
      await pause(this.#everyMs, undefined, { signal }).catch(() => {})
    }
  }

  #compare(store: string, seen: Map<string, Sight>, versions: ReadonlyMap<string, number>): void {
    this.samples++
    const at = new Date().toISOString()
    for (const [record, version] of versions) {
      const before = seen.get(record)
      if (before?.gone) this.resurrected.push(`${store}: ${record}, version ${before.version}, then ${version}, ${at}`)
      if (before !== undefined && version < before.version)
        this.backwards.push(`${store}: ${record} from version ${before.version} to ${version}, ${at}`)
      seen.set(record, { version, gone: false })
    }
    for (const [record, { version, gone }] of seen)
      if (!gone && !versions.has(record)) seen.set(record, { version, gone: true })
  }
}
