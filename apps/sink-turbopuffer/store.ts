/**
 * Generations in turbopuffer: one namespace a workspace and generation. Which generation readers use is the row of the live
 * one in the control database (view `control.live_generations`): one statement moves all workspaces, and a reader who asked
 * before it finds the namespaces of the retired one still whole.
 */
import { type Sample, type Sink, type Store, schemaName } from '@attio-stream/sink'
import type { Turbopuffer } from '@turbopuffer/turbopuffer'
import type { Filter } from '@turbopuffer/turbopuffer/resources'
import { COPY_TYPES, ownSchema } from './attributes.ts'
import { turbopufferClient } from './client.ts'
import type { StoreSettings } from './config.ts'
import { type Embedding, type EmbeddingObservers, embeddingOf } from './embedding.ts'
import { type Naming, namespaceOf } from './names.ts'
import { namespacesOf } from './namespaces.ts'
import { createTurbopufferSink } from './sink.ts'
import { isNotFound, mayHeal } from './trouble.ts'

export interface Observers extends EmbeddingObservers {
  /** Metadata facts that a namespace could not take as filterable attributes. */
  readonly onLeftOut?: (count: number) => void
}

/** Neighbours looked at for a document that is asked for with its own vector: others may say the same. */
const NEAR = 50

export class TurbopufferStore implements Store {
  readonly name = 'turbopuffer'
  readonly schema = schemaName([ownSchema(1), COPY_TYPES])
  readonly model: string
  readonly #settings: StoreSettings
  readonly #observers: Observers
  readonly #client: Turbopuffer
  readonly #embedding: Embedding

  /** Connects to nothing yet. */
  constructor(settings: StoreSettings, observers: Observers = {}) {
    this.#settings = settings
    this.#observers = observers
    this.#client = turbopufferClient(settings)
    this.#embedding = embeddingOf(settings, observers)
    const { model, dimensions } = this.#embedding.embedder
    this.model = `${model}/${dimensions}`
  }

  /** `{workspace}` stands for its id. */
  places(generation: number): readonly string[] {
    return [namespaceOf('{workspace}', this.#naming(generation))]
  }

  sink(generation: number): Sink {
    const { onLeftOut } = this.#observers
    return createTurbopufferSink({
      client: this.#client,
      embedder: this.#embedding.embedder,
      naming: this.#naming(generation),
      requestRows: this.#settings.SINK_TURBOPUFFER_REQUEST_ROWS,
      requestBytes: this.#settings.SINK_TURBOPUFFER_REQUEST_BYTES,
      concurrency: this.#settings.SINK_TURBOPUFFER_CONCURRENCY,
      perNamespace: this.#settings.SINK_TURBOPUFFER_NAMESPACE_CONCURRENCY,
      ...(onLeftOut ? { onLeftOut } : {}),
    })
  }

  /** The row of the generation is what readers ask. */
  async show(): Promise<void> {}

  /** By words, and by the vector of its own first chunk, which costs no embedding. */
  async finds(generation: number, { workspace, id, title }: Sample): Promise<boolean> {
    const namespace = this.#client.namespace(namespaceOf(workspace, this.#naming(generation)))
    const own: Filter = [
      'And',
      [
        ['record_id', 'Eq', id],
        ['deleted', 'Eq', false],
      ],
    ]
    try {
      const { rows: [head] = [] } = await namespace.query({
        rank_by: ['title', 'BM25', title.slice(0, 500)],
        limit: 1,
        filters: own,
        include_attributes: ['vector'],
      })
      if (head?.vector === undefined) return false
      const { rows = [] } = await namespace.query({
        rank_by: ['vector', 'ANN', head.vector as number[]],
        limit: NEAR,
        filters: ['deleted', 'Eq', false],
        include_attributes: ['record_id'],
      })
      const furthest = Number(rows.at(-1)?.$dist ?? 0)
      return rows.some((row) => row.record_id === id) || (rows.length === NEAR && furthest < SAME)
    } catch (error) {
      if (isNotFound(error)) return false
      throw mayHeal(`search the generation ${generation} of a workspace`, error)
    }
  }

  async drop(generation: number): Promise<void> {
    const naming = this.#naming(generation)
    try {
      for (const name of await namespacesOf(this.#client, naming))
        await this.#client
          .namespace(name)
          .deleteAll()
          .catch((error) => {
            if (!isNotFound(error)) throw error
          })
    } catch (error) {
      throw mayHeal(`drop its generation ${generation}`, error)
    }
  }

  async close(): Promise<void> {
    await this.#embedding.close()
  }

  #naming(generation: number): Naming {
    return { prefix: this.#settings.TURBOPUFFER_PREFIX, generation }
  }
}

/** Cosine distance below which two chunks say the same. */
const SAME = 1e-4

/** The sink of one generation alone, which closes its store. */
export function turbopufferSink(settings: StoreSettings, observers: Observers = {}, generation = 1): Sink {
  const store = new TurbopufferStore(settings, observers)
  const sink = store.sink(generation)
  const close = sink.close.bind(sink)
  sink.close = async () => {
    await close()
    await store.close()
  }
  return sink
}
