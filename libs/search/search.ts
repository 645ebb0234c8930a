/**
 * Searches the live documents of one workspace: by words, by meaning, or by both at once. The same filters mean the same in
 * every store. What a store is asked is in the folder named after it.
 */
import { QuestionError, SearchStoreError } from './errors.ts'
import { fieldsIn } from './filter.ts'
import { fuse, type Ranking } from './fuse.ts'
import type { Hit, Store, StoreName } from './hit.ts'
import { type Asked, askedOf, type Mode, type Question } from './question.ts'

export interface Answer {
  readonly hits: readonly Hit[]
  readonly mode: Mode
  /** Those that answered. */
  readonly stores: readonly StoreName[]
  /** What a hybrid search had to do without, as sentences. */
  readonly missing: readonly string[]
}

/** Hits of each store that are fused; a document far down in both lists is not among the best. */
const DEPTH = 50

export class Search {
  readonly #stores: readonly Store[]

  constructor(stores: readonly Store[]) {
    this.#stores = stores
  }

  /** Which modes its stores allow. */
  get modes(): readonly Mode[] {
    const text = this.#textStore(undefined) !== undefined
    const vector = this.#store('turbopuffer') !== undefined
    return [
      ...(text ? ['text' as const] : []),
      ...(vector ? ['vector' as const] : []),
      ...(text && vector ? ['hybrid' as const] : []),
    ]
  }

  /**
   * @throws QuestionError when the question is wrong, SearchStoreError when no store that could answer does.
   */
  async find(question: Question, signal: AbortSignal = new AbortController().signal): Promise<Answer> {
    const asked = askedOf(question)
    const { mode, stores } = this.#chosen(question, asked)
    const rankings: Ranking[] = []
    const failures: SearchStoreError[] = []
    const depth = stores.length > 1 ? Math.max(DEPTH, asked.limit) : asked.limit
    const answers = await Promise.allSettled(stores.map((store) => store.search({ ...asked, limit: depth }, signal)))
    for (const [n, answer] of answers.entries()) {
      const store = stores[n] as Store
      if (answer.status === 'fulfilled') rankings.push({ store: store.name, found: answer.value })
      else if (answer.reason instanceof SearchStoreError) failures.push(answer.reason)
      else throw answer.reason
    }
    const [first] = failures
    if (rankings.length === 0 && first !== undefined) throw first
    const hits = rankings.length > 1 ? fuse(rankings, asked.limit) : rankings.flatMap((one) => alone(one, asked.limit))
    if (hits.length === 0) await this.#refuseUnknownFields(asked, stores, signal)
    return { hits, mode, stores: rankings.map(({ store }) => store), missing: failures.map(({ message }) => message) }
  }

  async close(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()))
  }

  #store(name: StoreName): Store | undefined {
    return this.#stores.find((store) => store.name === name)
  }

  #textStore(wanted: Question['store']): Store | undefined {
    return wanted === undefined ? (this.#store('opensearch') ?? this.#store('postgres')) : this.#store(wanted)
  }

  #chosen({ mode, store }: Question, { text }: Asked): { mode: Mode; stores: readonly Store[] } {
    const words = this.#textStore(store)
    const meaning = this.#store('turbopuffer')
    if (this.#stores.length === 0)
      throw new QuestionError(
        'There is no store to search: set OPENSEARCH_URL, DATABASE_URL, or TURBOPUFFER_API_KEY and TURBOPUFFER_BASE_URL.',
      )
    if (store !== undefined && words === undefined)
      throw new QuestionError(
        `There is no ${store} to search; there is ${this.#stores.map(({ name }) => name).join(', ')}.`,
      )
    const wanted = mode ?? (words && meaning && text !== '' ? 'hybrid' : words ? 'text' : 'vector')
    if (wanted !== 'text' && meaning === undefined)
      throw new QuestionError(`A ${wanted} search needs turbopuffer: set TURBOPUFFER_API_KEY and TURBOPUFFER_BASE_URL.`)
    if (wanted !== 'vector' && words === undefined)
      throw new QuestionError(`A ${wanted} search needs OPENSEARCH_URL or a Postgres with documents.`)
    if (wanted !== 'text' && text === '') throw new QuestionError(`A ${wanted} search needs words to search for.`)
    const stores = [wanted === 'vector' ? undefined : words, wanted === 'text' ? undefined : meaning]
    return { mode: wanted, stores: stores.filter((one) => one !== undefined) }
  }

  /** Nothing was found: because no document of the workspace has a custom attribute the filter names? */
  async #refuseUnknownFields(asked: Asked, stores: readonly Store[], signal: AbortSignal): Promise<void> {
    const named = fieldsIn(asked.filter).filter(({ custom }) => custom)
    const [store] = stores
    if (named.length === 0 || store === undefined) return
    const known = await store.customFields(asked.workspace, signal)
    const unknown = named.find(({ name }) => !known.includes(name))
    if (unknown === undefined) return
    throw new QuestionError(
      `No document has the field ${unknown.name}; of custom attributes there are ${known.join(', ') || 'none'}.`,
    )
  }
}

function alone({ store, found }: Ranking, limit: number): readonly Hit[] {
  return found.slice(0, limit).map((one, index) => ({ ...one, from: [{ store, rank: index + 1, score: one.score }] }))
}
