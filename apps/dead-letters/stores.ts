/**
 * Artifacts again, into the one store whose sink gave them up, formatted by today's code and written with their own offset
 * as version, straight through the Sink port: the store refuses what is older than what it has (R9), so the running sink is
 * not asked. The letter must still be the last message of its key in crm.artifacts: a store that was told to forget a
 * document has no mark left that would refuse it.
 */
import { toDocument } from '@attio-stream/documents'
import { type Environment, readSettings, SettingsError } from '@attio-stream/service'
import { project, type Sink, StoreError, type Write } from '@attio-stream/sink'
import { backoffMs, type Codec, type LetterSource, sleep } from '@attio-stream/stream'
import type { z } from 'zod'
import { type Latest, latestOf, type Stood } from './latest.ts'
import type { LetterEntry } from './letters.ts'
import { type Again, type Redrive, refused, type Tried } from './redrive.ts'
import { stoodIn } from './stood.ts'

/** @throws when there is no such sink, or its settings are wrong. */
export type OpenStore = (name: string) => Promise<Sink>

const TOPIC = 'crm.artifacts'
const ATTEMPTS = 5

/** Sink apps by package name, as apps/verify finds them; no app imports another. */
export const openStoreFrom =
  (environment: Environment): OpenStore =>
  async (name) => {
    const { openSink, storeSettings } = (await import(`@attio-stream/sink-${name}`)) as {
      readonly openSink: (settings: unknown) => Promise<Sink>
      readonly storeSettings: z.ZodObject
    }
    const [settings] = readSettings([{ name: `sink-${name}`, settings: storeSettings }], environment)
    return await openSink(settings)
  }

async function opened(opening: Promise<Sink>, signal: AbortSignal): Promise<Sink> {
  const sink = await opening
  await sink.open(signal)
  return sink
}

export class StoreRedrive implements Redrive {
  readonly #source: LetterSource & { readonly codec: Codec; readonly openStore: OpenStore }
  readonly #letters: readonly Stood[]
  readonly #stores = new Map<string, Promise<Sink>>()
  #latest: Promise<(letter: Stood) => Latest> | undefined

  constructor(
    source: LetterSource & { readonly codec: Codec; readonly openStore: OpenStore },
    letters: readonly LetterEntry[],
  ) {
    this.#source = source
    this.#letters = stoodIn(letters, (topic) => topic === TOPIC)
  }

  async redrive({ letter, value, headers }: Again): Promise<Tried> {
    const [stood] = stoodIn([{ ...letter, key: letter.key?.toString() ?? null }], () => true)
    if (stood === undefined) return refused('It does not say where it stood.')
    this.#latest ??= latestOf(this.#letters, this.#source)
    if ((await this.#latest)(stood).last !== stood.offset) return { kind: 'superseded' }
    const { codec } = this.#source
    await codec.prepare(TOPIC, [value])
    const projection = project({ ...stood, value, headers, timestamp: letter.buried_at }, codec, toDocument)
    if (projection.kind === 'rejected') return refused(`It still cannot become a document: ${projection.reason}`)
    const reason = await this.#write(letter.stage.slice('sink-'.length), projection.write)
    return reason === undefined ? { kind: 'redriven' } : refused(reason)
  }

  async close(): Promise<void> {
    for (const store of this.#stores.values()) {
      const sink = await store.catch(() => undefined)
      await sink?.refresh().catch(() => {})
      await sink?.close()
    }
  }

  /** Why it was not written. */
  async #write(name: string, write: Write): Promise<string | undefined> {
    const { openStore, signal = new AbortController().signal } = this.#source
    const opening = this.#stores.get(name) ?? opened(openStore(name), signal)
    this.#stores.set(name, opening)
    for (let attempt = 1; ; attempt++) {
      try {
        const sink = await opening
        const [refusal] = await sink.write([write], signal)
        return refusal === undefined ? undefined : `The store still refuses it: ${refusal.reason}`
      } catch (error) {
        // Others are written all the same.
        if (error instanceof SettingsError) return error.message
        if (!(error instanceof StoreError)) throw error
        if (attempt >= ATTEMPTS) return `The store ${name} does not take it: ${error.message}`
        await sleep(error.retryAfterMs ?? backoffMs(attempt), signal)
      }
    }
  }
}
