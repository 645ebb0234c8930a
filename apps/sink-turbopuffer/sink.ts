/**
 * The Sink on turbopuffer. Each call becomes one atomic request per namespace and partition (more when it is large). Rows
 * are conditional on version, the dead leave marks, a refused document is found by halving and leaves its neighbours
 * unharmed. Retrying is the loop's: what may heal is thrown, with the writes that are still to be done.
 */
import { type Embedder, EmbedderError } from '@attio-stream/embedder'
import {
  type Address,
  type Holding,
  type Put,
  type Refusal,
  type Sink,
  StoreError,
  type Write,
} from '@attio-stream/sink'
import { APIUserAbortError, type Turbopuffer } from '@turbopuffer/turbopuffer'
import { copiesOf, KnownAttributes, ownSchema, type Schema } from './attributes.ts'
import { Gates } from './gates.ts'
import { holdingIn, holdingsOf } from './holdings.ts'
import { inTurns } from './in-turns.ts'
import { isWorkspaceName, type Naming, namespaceOf, workspaceOf } from './names.ts'
import { namespacesOf } from './namespaces.ts'
import { lateOnes, type Prepared, portions, requestOf, takeBack } from './request.ts'
import { chunkTexts, markOf, rowsOf } from './rows.ts'
import { isNotFound, isRefusal, mayHeal, refusalReason } from './trouble.ts'

export interface TurbopufferSinkOptions {
  readonly client: Turbopuffer
  readonly embedder: Embedder
  readonly naming: Naming
  readonly requestRows?: number
  readonly requestBytes?: number
  /** Requests to turbopuffer at the same time. */
  readonly concurrency?: number
  /** Of them to one namespace. */
  readonly perNamespace?: number
  /** Told of metadata facts that a namespace could not take as filterable attributes. */
  readonly onLeftOut?: (count: number) => void
}

interface Group {
  readonly namespace: string
  readonly markVersion: number
  readonly writes: readonly Write[]
}
/** The client's own retries would hide trouble from the loop and multiply with its. */
const ONCE = { maxRetries: 0 }

export function createTurbopufferSink(options: TurbopufferSinkOptions): Sink {
  return new TurbopufferSink(options)
}

class TurbopufferSink implements Sink {
  readonly name = 'turbopuffer'
  readonly generation: number
  readonly #client: Turbopuffer
  readonly #embedder: Embedder
  readonly #naming: Naming
  readonly #most: { readonly rows: number; readonly bytes: number }
  readonly #concurrency: number
  readonly #gates: Gates
  readonly #ownSchema: Schema
  readonly #leftOut: (count: number) => void
  readonly #known = new Map<string, KnownAttributes>()

  constructor(options: TurbopufferSinkOptions) {
    this.#client = options.client
    this.#embedder = options.embedder
    this.#naming = options.naming
    this.generation = options.naming.generation
    this.#most = { rows: options.requestRows ?? 5_000, bytes: options.requestBytes ?? 24 * 1024 * 1024 }
    this.#concurrency = options.concurrency ?? 4
    this.#gates = new Gates(options.perNamespace ?? 2)
    this.#ownSchema = ownSchema(options.embedder.dimensions)
    this.#leftOut = options.onLeftOut ?? (() => {})
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#known.clear()
    const names = await this.#ask('list its namespaces', () => namespacesOf(this.#client, this.#naming, signal))
    await inTurns(names, this.#concurrency, async (name) => void (await this.#knownOf(name, signal)))
  }

  async write(writes: readonly Write[], signal: AbortSignal): Promise<readonly Refusal[]> {
    signal.throwIfAborted()
    const nowhere = writes.filter((write) => !isWorkspaceName(write.workspace, this.#naming))
    const refusals: Refusal[] = nowhere.map((write) => ({
      write,
      reason: 'Its workspace id cannot be part of the name of a namespace.',
    }))
    const remaining: Write[] = []
    let trouble: StoreError | undefined
    await inTurns(this.#groups(writes), this.#concurrency, async (group) => {
      try {
        refusals.push(...(await this.#writeGroup(group, signal)))
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof StoreError)) throw error
        trouble ??= error
        remaining.push(...group.writes)
      }
    })
    if (!trouble) return refusals
    const again = [...new Set([...remaining, ...refusals.map((refusal) => refusal.write)])]
    const { message, retryAfterMs, busy } = trouble
    throw new StoreError(message, { cause: trouble, retryAfterMs, busy, remaining: again })
  }

  async refresh(): Promise<void> {}

  async *scan(only?: Address): AsyncIterable<Holding> {
    if (only !== undefined) {
      const namespace = namespaceOf(only.workspace, this.#naming)
      yield* await this.#ask(`read the namespace ${namespace}`, () => holdingIn(this.#client, namespace, only))
      return
    }
    for (const namespace of await this.#ask('list its namespaces', () => namespacesOf(this.#client, this.#naming))) {
      const workspace = workspaceOf(namespace, this.#naming)
      if (workspace !== undefined) yield* holdingsOf(this.#client, namespace, workspace)
    }
  }

  async close(): Promise<void> {}

  /** By namespace, because a request is for one; by partition, because versions are. */
  #groups(writes: readonly Write[]): readonly Group[] {
    const groups = new Map<string, Write[]>()
    for (const write of writes) {
      if (!isWorkspaceName(write.workspace, this.#naming)) continue
      const key = `${write.partition} ${write.workspace}`
      const group = groups.get(key)
      if (group) group.push(write)
      else groups.set(key, [write])
    }
    const highest = new Map<number, number>()
    for (const { partition, version } of writes) highest.set(partition, Math.max(version, highest.get(partition) ?? 0))
    return [...groups.values()].map((group) => {
      const [{ workspace, partition }] = group as [Write, ...Write[]]
      return {
        namespace: namespaceOf(workspace, this.#naming),
        markVersion: highest.get(partition) ?? 0,
        writes: group,
      }
    })
  }

  async #writeGroup(group: Group, signal: AbortSignal): Promise<readonly Refusal[]> {
    const { vectors, refusals } = await this.#embed(group.writes, signal)
    const known = await this.#knownOf(group.namespace, signal)
    const prepared = group.writes.flatMap((write) => this.#prepare(write, vectors, known) ?? [])
    const refused: Refusal[] = []
    const send = (portion: readonly Prepared[]) =>
      this.#gates.through(group.namespace, () => this.#send(group, portion, signal))
    for (const portion of portions(prepared, this.#most)) refused.push(...(await send(portion)))
    if (refused.length === 0) return refusals
    // Another instance may have given an attribute a type we did not know of: then its filterable copy stays out.
    const now = await this.#knownOf(group.namespace, signal)
    const final: Refusal[] = [...refusals]
    for (const refusal of refused) {
      const before = prepared.find(({ write }) => write === refusal.write)
      const again = this.#prepare(refusal.write, vectors, now)
      const same = !before || !again || Object.keys(again.types).join() === Object.keys(before.types).join()
      final.push(...(same ? [refusal] : await send([again])))
    }
    return final
  }

  async #embed(
    writes: readonly Write[],
    signal: AbortSignal,
  ): Promise<{ vectors: ReadonlyMap<Put, readonly Float32Array[]>; refusals: readonly Refusal[] }> {
    const puts = writes.filter((write) => write.kind === 'put')
    const texts = puts.map(chunkTexts)
    let embedded: readonly (Float32Array | null)[]
    try {
      const all = texts.flat()
      embedded = all.length > 0 ? await this.#embedder.embed(all, signal) : []
    } catch (error) {
      if (!(error instanceof EmbedderError)) throw error
      throw new StoreError(error.message, { cause: error, retryAfterMs: error.retryAfterMs })
    }
    const vectors = new Map<Put, readonly Float32Array[]>()
    const refusals: Refusal[] = []
    let at = 0
    for (const [i, put] of puts.entries()) {
      const own = embedded.slice(at, at + (texts[i]?.length ?? 0))
      at += own.length
      if (own.every((vector) => vector !== null)) vectors.set(put, own)
      else
        refusals.push({
          write: put,
          reason: `The embedding model ${this.#embedder.model} refuses a chunk of this document.`,
        })
    }
    return { vectors, refusals }
  }

  #prepare(
    write: Write,
    vectors: ReadonlyMap<Put, readonly Float32Array[]>,
    known: KnownAttributes,
  ): Prepared | undefined {
    switch (write.kind) {
      case 'forget':
        return { write, rows: [], types: {}, bytes: 200 }
      case 'delete':
        return {
          write,
          rows: [markOf(write, this.#embedder.dimensions)],
          types: {},
          bytes: this.#embedder.dimensions * 6,
        }
      case 'put': {
        const own = vectors.get(write)
        if (!own) return undefined
        const copies = copiesOf(write.document.metadata, known)
        if (copies.leftOut > 0) this.#leftOut(copies.leftOut)
        const rows = rowsOf(write, own, copies)
        const bytes = rows.reduce((sum, row) => sum + String(row.text).length + this.#embedder.dimensions * 6, 2_000)
        return { write, rows, types: copies.types, bytes }
      }
    }
  }

  async #send(group: Group, batch: readonly Prepared[], signal: AbortSignal): Promise<readonly Refusal[]> {
    try {
      await this.#request(group, batch, signal)
      return []
    } catch (error) {
      if (!isRefusal(error)) throw error
      // What we know of its schema may be out of date: another instance writes to it too.
      this.#known.delete(group.namespace)
      const [first] = batch
      if (batch.length === 1 && first) return [{ write: first.write, reason: refusalReason(error) }]
      const half = batch.length >> 1
      return [
        ...(await this.#send(group, batch.slice(0, half), signal)),
        ...(await this.#send(group, batch.slice(half), signal)),
      ]
    }
  }

  async #request({ namespace, markVersion }: Group, batch: readonly Prepared[], signal: AbortSignal): Promise<void> {
    const ns = this.#client.namespace(namespace)
    const request = requestOf(batch, { ownSchema: this.#ownSchema, markVersion })
    const onlyForgets = request.upsert_rows === undefined
    try {
      const { upserted_ids = [] } = await ns.write(request, { ...ONCE, signal })
      const late = lateOnes(batch, upserted_ids)
      if (late.length > 0) await ns.write(takeBack(late), { ...ONCE, signal })
    } catch (error) {
      if (onlyForgets && isNotFound(error)) return
      if (isRefusal(error)) throw error
      if (error instanceof APIUserAbortError) signal.throwIfAborted()
      throw mayHeal(`write to the namespace ${namespace}`, error)
    }
  }

  /** The attributes of a namespace, read once; throws when it was made for other vectors. */
  async #knownOf(namespace: string, signal: AbortSignal): Promise<KnownAttributes> {
    const before = this.#known.get(namespace)
    if (before) return before
    const types = await this.#ask(`read the schema of the namespace ${namespace}`, async () => {
      try {
        const schema = await this.#client.namespace(namespace).schema({}, { ...ONCE, signal })
        return Object.entries(schema).map(([name, { type }]) => [name, type] as const)
      } catch (error) {
        if (isNotFound(error)) return []
        throw error
      }
    })
    const known = new KnownAttributes(types)
    const stored = known.typeOf('vector')
    const wanted = `[${this.#embedder.dimensions}]f32`
    if (stored !== undefined && stored !== wanted) {
      throw new Error(
        `The namespace ${namespace} holds vectors of type ${stored}, but the model ${this.#embedder.model} makes ${wanted}; another model needs another generation.`,
      )
    }
    const first = this.#known.get(namespace)
    if (first) return first
    for (const [name, schema] of Object.entries(this.#ownSchema)) {
      known.takes(name, typeof schema === 'string' ? schema : schema.type)
    }
    this.#known.set(namespace, known)
    return known
  }

  async #ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw mayHeal(what, error)
    }
  }
}
