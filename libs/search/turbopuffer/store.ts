/**
 * turbopuffer by meaning: the chunks nearest to the question, grouped to their documents; the nearest chunk of a document
 * stands for it. Its text gives the snippet.
 */
import type { Metadata } from '@attio-stream/documents'
import { type Embedder, EmbedderError } from '@attio-stream/embedder'
import { APIError, Turbopuffer } from '@turbopuffer/turbopuffer'
import type { Namespace } from '@turbopuffer/turbopuffer/resources'
import type { Filter } from '@turbopuffer/turbopuffer/resources/custom'
import { SearchStoreError } from '../errors.ts'
import { fieldsIn } from '../filter.ts'
import type { Found, Store } from '../hit.ts'
import type { LiveNamespaces } from '../live-namespace.ts'
import type { Asked } from '../question.ts'
import { excerptOf } from '../snippet.ts'
import { filterOf } from './filter.ts'

export interface TurbopufferOptions {
  readonly apiKey: string
  readonly baseUrl: string
  readonly embedder: Embedder
  /** Closed with the store. */
  readonly namespaces: LiveNamespaces
  readonly timeoutMs: number
}

const SHOWN = ['record_id', 'document_id', 'ordinal', 'source', 'object_slug', 'title', 'text', 'web_url', 'created_at']
interface Row {
  readonly $dist?: number
  readonly record_id: string
  readonly document_id: string
  readonly ordinal: number
  readonly source: string
  readonly object_slug: string
  readonly title: string
  readonly text: string
  readonly web_url: string | null
  readonly created_at: string
}

interface Named {
  readonly namespace: Namespace
  readonly name: string
}

/** Chunks asked for per document wanted, and the most at all. */
const CHUNKS = 3
const MOST_CHUNKS = 1_000
/** Namespaces whose attributes are remembered. */
const MOST_SCHEMAS = 1_000

export function turbopufferStore(options: TurbopufferOptions): Store {
  const client = new Turbopuffer({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    region: null,
    timeout: options.timeoutMs,
    maxRetries: 1,
    logLevel: 'off',
  })
  const schemas = new Map<string, ReadonlySet<string>>()
  /** A name that was not there may have come since. */
  const attributes = async ({ namespace, name: id }: Named, wanted: readonly string[], signal: AbortSignal) => {
    const held = schemas.get(id)
    if (held !== undefined && wanted.every((name) => held.has(name))) return held
    const fresh = new Set(Object.keys(await namespace.schema({}, { signal })))
    if (schemas.size >= MOST_SCHEMAS) schemas.clear()
    schemas.set(id, fresh)
    return fresh
  }
  const reaching = async <T>(workspace: string, signal: AbortSignal, absent: T, work: (at: Named) => Promise<T>) => {
    const name = await options.namespaces.liveNamespace(workspace)
    try {
      return await work({ namespace: client.namespace(name), name })
    } catch (error) {
      signal.throwIfAborted()
      // A namespace is made by its first write: without one the workspace has no documents yet.
      if (error instanceof APIError && error.status === 404) return absent
      throw failureOf(error, name)
    }
  }
  return {
    name: 'turbopuffer',
    search: async (asked, signal) => {
      const vector = await embedded(options.embedder, asked.text, signal)
      return reaching(asked.workspace, signal, [], async (at) => {
        const { namespace } = at
        const known = await attributes(
          at,
          fieldsIn(asked.filter).map(({ name }) => name),
          signal,
        )
        const only: Filter = ['And', [['deleted', 'Eq', false], filterOf(asked.filter, known)]]
        const rows = await nearest(namespace, { vector, only, documents: asked.limit }, signal)
        const metadata = await metadataOf(
          namespace,
          rows.map(({ record_id }) => record_id),
          signal,
        )
        return rows.map((row) => foundOf(row, asked, metadata.get(row.record_id)))
      })
    },
    customFields: (workspace, signal) =>
      reaching(workspace, signal, [], async ({ namespace }) => {
        const names = Object.keys(await namespace.schema({}, { signal }))
        return names.filter((name) => name.startsWith('custom_')).sort()
      }),
    close: () => options.namespaces.close(),
  }
}

async function embedded(embedder: Embedder, text: string, signal: AbortSignal): Promise<Float32Array> {
  try {
    const [vector] = await embedder.embed([text.toWellFormed()], signal)
    if (vector) return vector
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof EmbedderError)) throw error
    throw new SearchStoreError(error.message, { cause: error })
  }
  throw new SearchStoreError(`The embedding model ${embedder.model} refuses the question.`)
}

/** The nearest row of each document. More rows are asked for while few documents hold all of them. */
async function nearest(
  namespace: Namespace,
  { vector, only, documents }: { vector: Float32Array; only: Filter; documents: number },
  signal: AbortSignal,
): Promise<readonly Row[]> {
  for (let chunks = documents * CHUNKS; ; chunks *= 4) {
    const limit = Math.min(chunks, MOST_CHUNKS)
    const query = {
      rank_by: ['vector', 'ANN', Array.from(vector)] as ['vector', 'ANN', number[]],
      filters: only,
      limit,
    }
    const { rows = [] } = await namespace.query({ ...query, include_attributes: SHOWN }, { signal })
    const best = new Map<string, Row>()
    for (const row of rows as unknown as readonly Row[]) if (!best.has(row.record_id)) best.set(row.record_id, row)
    if (best.size >= documents || rows.length < limit || limit === MOST_CHUNKS)
      return [...best.values()].slice(0, documents)
  }
}

/** The whole metadata is on the first row of a document only. */
async function metadataOf(
  namespace: Namespace,
  records: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Metadata>> {
  if (records.length === 0) return new Map()
  const filters: Filter = [
    'And',
    [
      ['record_id', 'In', [...records]],
      ['ordinal', 'Eq', 0],
      ['deleted', 'Eq', false],
    ],
  ]
  const query = { rank_by: ['ordinal', 'asc'] as ['ordinal', 'asc'], filters, limit: records.length }
  const { rows = [] } = await namespace.query({ ...query, include_attributes: ['record_id', 'metadata'] }, { signal })
  return new Map(rows.map((row) => [String(row.record_id), JSON.parse(String(row.metadata ?? '{}')) as Metadata]))
}

function foundOf(row: Row, { text }: Asked, metadata: Metadata = {}): Found {
  return {
    documentId: row.document_id,
    recordId: row.record_id,
    source: row.source,
    objectSlug: row.object_slug,
    title: row.title,
    snippets: [excerptOf(row.text, text)],
    score: 1 - (row.$dist ?? 1),
    exact: false,
    webUrl: row.web_url,
    createdAt: row.created_at,
    metadata,
  }
}

/** Texts of the service may quote the filter, so only the status goes on. */
function failureOf(error: unknown, namespace: string): Error {
  if (!(error instanceof APIError)) return error instanceof Error ? error : new Error(String(error))
  const { status } = error
  const look =
    status === undefined
      ? 'did not answer; look at TURBOPUFFER_BASE_URL and the network'
      : status === 401 || status === 403
        ? `refuses the key with status ${status}; look at TURBOPUFFER_API_KEY`
        : status === 400
          ? 'refuses the query with status 400; are EMBEDDINGS_MODEL and EMBEDDINGS_DIMENSIONS those the sink has'
          : `answered ${status}`
  return new SearchStoreError(`turbopuffer ${look}: a search in ${namespace} failed.`, { cause: error })
}
