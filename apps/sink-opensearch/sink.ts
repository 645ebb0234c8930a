/**
 * OpenSearch as a sink: bulk requests in which every operation carries its version (external_gte), so an older one loses
 * by itself. What failed for a while is handed back to be repeated alone. The shape of the index is mapping.ts's.
 */
import { type Address, type Holding, type Refusal, type Sink, StoreError, type Write } from '@attio-stream/sink'
import type { Client } from '@opensearch-project/opensearch'
import { clientOf } from './client.ts'
import type { StoreSettings } from './config.ts'
import { failureOf, type ItemError, verdictOn } from './failure.ts'
import { indexOf, mappedFields, openIndex, writersOf } from './open-index.ts'
import { operationOf, unmappedIn } from './operation.ts'
import { Refreshing } from './refreshing.ts'

const PAGE = 5000
const PIT = '2m'
/** What a scan reads, from column storage. */
const HELD = ['record_id', 'workspace_id', 'version', 'hash', 'deleted'] as const

interface Item {
  readonly status: number
  readonly error?: ItemError
}
/** What became of a call so far. */
interface Progress {
  /** Not known to be durable: not sent, failed for now, or refused. */
  readonly left: Set<Write>
  readonly refusals: Refusal[]
}

export interface OpenSearchSinkOptions {
  /** Default 1. */
  readonly generation?: number
  /** Nobody reads the generation yet. */
  readonly building?: boolean
  /** Told how many custom attributes of a document found no room in the mapping. */
  readonly unmapped?: (count: number) => void
}

export class OpenSearchSink implements Sink {
  readonly name = 'opensearch'
  readonly generation: number
  readonly #client: Client
  readonly #settings: StoreSettings
  readonly #building: boolean
  readonly #unmapped: (count: number) => void
  readonly #index: string
  readonly #refreshing: Refreshing
  /** Custom attributes the mapping knows, once it has no room for more. */
  #full: ReadonlySet<string> | undefined

  /** Connects on first use. */
  constructor(settings: StoreSettings, options: OpenSearchSinkOptions = {}) {
    const { generation = 1, building = false, unmapped = () => {} } = options
    this.generation = generation
    this.#building = building
    this.#settings = settings
    this.#unmapped = unmapped
    this.#index = indexOf(settings, generation)
    this.#refreshing = new Refreshing(() => this.refresh(), settings.SINK_OPENSEARCH_REFRESH_MS)
    this.#client = clientOf(settings)
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#full = undefined
    const { generation } = this
    await openIndex(this.#client, { settings: this.#settings, generation, building: this.#building })
  }

  async write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
    try {
      return await this.#refreshing.during(() => this.#write(writes, signal))
    } finally {
      if (!this.#building && this.#settings.SINK_OPENSEARCH_REFRESH_MS > 0) this.#refreshing.soon(writes.length)
    }
  }

  async #write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
    signal.throwIfAborted()
    const progress: Progress = { left: new Set(writes), refusals: [] }
    const { left, refusals } = progress
    try {
      const crowded = await this.#send(writes, progress, signal)
      if (crowded.length > 0) {
        this.#full = await mappedFields(this.#client, this.#index)
        const reason = 'OpenSearch refuses the document: its mapping is full.'
        for (const write of await this.#send(crowded, progress, signal)) refusals.push({ write, reason })
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      throw new StoreError(error.message, { retryAfterMs: error.retryAfterMs, busy: error.busy, remaining: [...left] })
    }
    if (left.size === refusals.length) return refusals
    const waiting = left.size - refusals.length
    throw new StoreError(`OpenSearch could not take ${waiting} of ${writes.length} writes for now.`, {
      remaining: [...left],
      busy: true,
    })
  }

  /** Gives back the writes for whose custom attributes the mapping has no room. */
  async #send(writes: readonly Write[], { left, refusals }: Progress, signal: AbortSignal): Promise<readonly Write[]> {
    const crowded: Write[] = []
    for (const request of requestsOf(writes, this.#settings.SINK_OPENSEARCH_REQUEST_BYTES, this.#full)) {
      const items = await this.#bulk(request.body, signal)
      for (const [n, write] of request.writes.entries()) {
        const item = items[n]
        if (item === undefined) continue
        if (item.error === undefined) {
          left.delete(write)
          if (this.#full !== undefined) this.#unmapped(unmappedIn(write, this.#full))
          continue
        }
        const verdict = verdictOn(item.status, item.error)
        switch (verdict.kind) {
          case 'superseded':
            left.delete(write)
            break
          case 'refused':
            refusals.push({ write, reason: verdict.reason })
            break
          case 'no room in the mapping':
            crowded.push(write)
            break
          case 'gone':
            throw new Error(`The index ${this.#index} or its alias is gone: restore it, or start a new generation.`)
          case 'may heal':
        }
      }
    }
    return crowded
  }

  async #bulk(body: string, signal: AbortSignal): Promise<readonly Item[]> {
    signal.throwIfAborted()
    const sending = this.#client.bulk({ index: writersOf(this.#index), require_alias: true, body: body as never })
    const abort = () => sending.abort()
    signal.addEventListener('abort', abort, { once: true })
    try {
      const { items } = (await sending).body
      return (items as Record<string, Item>[]).map((item) => Object.values(item)[0] as Item)
    } catch (error) {
      signal.throwIfAborted()
      throw failureOf(error, `writing ${this.#index}`)
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async refresh(): Promise<void> {
    try {
      await this.#client.indices.refresh({ index: this.#index })
    } catch (error) {
      throw failureOf(error, `refreshing ${this.#index}`)
    }
  }

  /** One point in time, from refreshed segments. */
  async *scan(only?: Address): AsyncIterable<Holding> {
    const doing = `scanning ${this.#index}`
    const failed = (error: unknown) => {
      throw failureOf(error, doing)
    }
    const created = await this.#client.createPit({ index: [this.#index], keep_alive: PIT }).catch(failed)
    let pit = created.body.pit_id as string
    try {
      for (let after: readonly unknown[] | undefined; ; ) {
        const body = {
          size: PAGE,
          pit: { id: pit, keep_alive: PIT },
          sort: [{ record_id: 'asc' }],
          track_total_hits: false,
          // What OpenSearch compares the next write with. It is another than the field when somebody else wrote.
          version: true,
          ...(only === undefined ? {} : { query: { term: { record_id: only.id } } }),
          _source: false,
          docvalue_fields: HELD,
          ...(after === undefined ? {} : { search_after: after }),
        }
        const answer = (await this.#client.search({ body: body as never }).catch(failed)).body
        pit = answer.pit_id ?? pit
        const { hits } = answer.hits
        for (const { fields, _version } of hits) yield holdingOf(fields as Record<string, readonly unknown[]>, _version)
        if (hits.length < PAGE) return
        after = hits.at(-1)?.sort as readonly unknown[]
      }
    } finally {
      await this.#client.deletePit({ body: { pit_id: [pit] } }).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    await this.#refreshing.stop()
    await this.#client.close()
  }
}

function holdingOf(fields: Record<string, readonly unknown[]>, guard: number | undefined): Holding {
  const [id, workspace, version, hash, deleted] = HELD.map((name) => fields[name]?.[0])
  return {
    id: String(id),
    workspace: String(workspace),
    version: Math.max(Number(version), guard ?? 0),
    hash: String(hash),
    deleted: deleted === true,
  }
}

interface BulkRequest {
  readonly writes: readonly Write[]
  readonly body: string
}
/** As few requests as fit the limit; one larger operation goes alone. Made one at a time. */
function* requestsOf(
  writes: readonly Write[],
  limit: number,
  mapped: ReadonlySet<string> | undefined,
): Generator<BulkRequest> {
  let part: Write[] = []
  let body = ''
  let bytes = 0
  for (const write of writes) {
    const operation = operationOf(write, mapped)
    const size = Buffer.byteLength(operation)
    if (part.length > 0 && bytes + size > limit) {
      yield { writes: part, body }
      part = []
      body = ''
      bytes = 0
    }
    part.push(write)
    body += operation
    bytes += size
  }
  if (part.length > 0) yield { writes: part, body }
}
