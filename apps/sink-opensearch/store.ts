/**
 * Generations in OpenSearch: one index each, one of which the readers' alias names. Readers are moved by a single request
 * that takes the alias from the one and gives it to the other, which OpenSearch applies as one change of its cluster state.
 */
import { type Sample, type Store, schemaName } from '@attio-stream/sink'
import type { Client } from '@opensearch-project/opensearch'
import { clientOf } from './client.ts'
import type { StoreSettings } from './config.ts'
import { failureOf } from './failure.ts'
import { MAPPING } from './mapping.ts'
import { indexOf, READABLE, readersOf } from './open-index.ts'
import { OpenSearchSink, type OpenSearchSinkOptions } from './sink.ts'

export class OpenSearchStore implements Store {
  readonly name = 'opensearch'
  readonly schema = schemaName(MAPPING)
  readonly model = ''
  readonly #settings: StoreSettings
  readonly #observers: Pick<OpenSearchSinkOptions, 'unmapped'>
  readonly #client: Client

  /** Connects on first use. */
  constructor(settings: StoreSettings, observers: Pick<OpenSearchSinkOptions, 'unmapped'> = {}) {
    this.#settings = settings
    this.#observers = observers
    this.#client = clientOf(settings)
  }

  places(generation: number): readonly string[] {
    return [indexOf(this.#settings, generation)]
  }

  sink(generation: number, { building = false }: { readonly building?: boolean } = {}): OpenSearchSink {
    return new OpenSearchSink(this.#settings, { ...this.#observers, generation, building })
  }

  async show(generation: number): Promise<void> {
    const index = indexOf(this.#settings, generation)
    const alias = readersOf(this.#settings)
    await this.#ask(`showing ${index}`, async () => {
      // While it was built nobody needed to see what had just been written.
      const interval = { index: { refresh_interval: this.#settings.SINK_OPENSEARCH_REFRESH_INTERVAL } }
      await this.#client.indices.putSettings({ index, body: interval })
      await this.#client.indices.refresh({ index })
      const others = (await this.#shown()).filter((name) => name !== index)
      const actions = [
        ...others.map((name) => ({ remove: { index: name, alias } })),
        { add: { index, alias, filter: READABLE } },
      ]
      await this.#client.indices.updateAliases({ body: { actions } })
    })
  }

  async finds(generation: number, { workspace, id, title }: Sample): Promise<boolean> {
    const index = indexOf(this.#settings, generation)
    const filter = [{ term: { record_id: id } }, { term: { workspace_id: workspace } }, READABLE]
    // As many words as a query may have; the title itself may have more.
    const words = title.split(/\s+/).slice(0, 20).join(' ').slice(0, 500)
    const query = { bool: { filter, must: [{ match: { title: { query: words, zero_terms_query: 'all' } } }] } }
    return await this.#ask(`searching ${index}`, async () => {
      const { body } = await this.#client.search({ index, body: { query, size: 1, _source: false } as never })
      return body.hits.hits.length === 1
    })
  }

  async drop(generation: number): Promise<void> {
    const index = indexOf(this.#settings, generation)
    await this.#ask(`dropping ${index}`, async () => {
      if ((await this.#shown()).includes(index))
        throw new Error(`Readers see ${index}, so it is not dropped: show another generation first.`)
      await this.#client.indices.delete({ index, ignore_unavailable: true })
    })
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  /** Indices readers see. */
  async #shown(): Promise<readonly string[]> {
    const name = readersOf(this.#settings)
    if (!(await this.#client.indices.existsAlias({ name })).body) return []
    return Object.keys((await this.#client.indices.getAlias({ name })).body)
  }

  async #ask<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw failureOf(error, doing)
    }
  }
}
