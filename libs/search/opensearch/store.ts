/** OpenSearch by words: the index behind the readers' alias, with highlights. */
import { readFileSync } from 'node:fs'
import { Client, errors } from '@opensearch-project/opensearch'
import { QuestionError, SearchStoreError } from '../errors.ts'
import type { Found, Store } from '../hit.ts'
import { snippetOf } from '../snippet.ts'
import type { Clause } from './filter.ts'
import { EXACT, requestOf } from './query.ts'

export interface OpenSearchOptions {
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly caFile?: string | undefined
  /** Readers use `{prefix}documents`. */
  readonly prefix: string
  readonly timeoutMs: number
}

interface Document {
  readonly id: string
  readonly record_id: string
  readonly source: string
  readonly object_slug: string
  readonly title: string
  readonly web_url: string | null
  readonly created_at: string
  readonly metadata: Found['metadata']
  readonly unmapped?: Found['metadata']
}
interface Hit {
  readonly _score: number | null
  readonly _source: Document
  readonly matched_queries?: readonly string[]
  readonly highlight?: { readonly text?: readonly string[] }
}
interface Answer {
  readonly hits: { readonly hits: readonly Hit[] }
  readonly aggregations?: Readonly<Record<string, { readonly doc_count: number }>>
}

export function openSearchStore(options: OpenSearchOptions): Store {
  const { url, username, password = '', caFile, prefix, timeoutMs } = options
  const index = `${prefix}documents`
  const client = new Client({
    node: url,
    requestTimeout: timeoutMs,
    maxRetries: 1,
    ...(username === undefined ? {} : { auth: { username, password } }),
    ...(caFile === undefined ? {} : { ssl: { ca: readFileSync(caFile) } }),
  })
  const ask = async (body: Clause, signal: AbortSignal): Promise<Answer> => {
    signal.throwIfAborted()
    const sending = client.search({ index, body: body as never })
    const abort = () => sending.abort()
    signal.addEventListener('abort', abort, { once: true })
    try {
      return (await sending).body as unknown as Answer
    } catch (error) {
      signal.throwIfAborted()
      throw failureOf(error, index)
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
  return {
    name: 'opensearch',
    search: async (asked, signal) => (await ask(requestOf(asked), signal)).hits.hits.map(foundOf),
    customFields: (workspace, signal) => customFields({ client, index, ask }, workspace, signal),
    close: () => client.close(),
  }
}

function foundOf({ _score, _source: document, highlight, matched_queries = [] }: Hit): Found {
  return {
    documentId: document.id,
    recordId: document.record_id,
    source: document.source,
    objectSlug: document.object_slug,
    title: document.title,
    snippets: (highlight?.text ?? []).map(snippetOf),
    score: _score ?? 0,
    exact: matched_queries.some((name) => name.startsWith(EXACT)),
    webUrl: document.web_url,
    createdAt: document.created_at,
    metadata: { ...document.metadata, ...document.unmapped },
  }
}

/** Fields of one request that counts, well below the most clauses and buckets a server takes. */
const PORTION = 200

/** The mapping is of all workspaces, so each field is counted in this one. */
async function customFields(
  at: { client: Client; index: string; ask: (body: Clause, signal: AbortSignal) => Promise<Answer> },
  workspace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { body } = await at.client.indices.getMapping({ index: at.index }).catch((error) => {
    throw failureOf(error, at.index)
  })
  const mappings = Object.values(body as Record<string, { mappings?: Mapped }>)
  const names = [
    ...new Set(mappings.flatMap(({ mappings: one }) => Object.keys(one?.properties?.metadata?.properties ?? {}))),
  ]
    .filter((name) => name.startsWith('custom_'))
    .sort()
  const found: string[] = []
  for (let from = 0; from < names.length; from += PORTION) {
    const aggs = Object.fromEntries(
      names
        .slice(from, from + PORTION)
        .map((name, n) => [`f${from + n}`, { filter: { exists: { field: `metadata.${name}` } } }]),
    )
    const query = { bool: { filter: [{ term: { workspace_id: workspace } }, { term: { deleted: false } }] } }
    const { aggregations = {} } = await at.ask({ size: 0, track_total_hits: false, query, aggs }, signal)
    for (const [key, { doc_count }] of Object.entries(aggregations))
      if (doc_count > 0) found.push(names[Number(key.slice(1))] as string)
  }
  return found.sort()
}
interface Mapped {
  readonly properties?: { readonly metadata?: { readonly properties?: Readonly<Record<string, unknown>> } }
}

/** Reasons of OpenSearch quote the query, so only their type goes on. */
function failureOf(error: unknown, index: string): Error {
  if (error instanceof errors.ResponseError) {
    const type = (error.body as { error?: { type?: string } } | undefined)?.error?.type ?? 'no type'
    if (error.statusCode === 404)
      return new SearchStoreError(
        `OpenSearch has no ${index}: has sink-opensearch run, and is SINK_OPENSEARCH_PREFIX the same?`,
      )
    if (error.statusCode === 400 && /too_many|too_complex|max_clause/.test(type))
      return new QuestionError('The question has too many words or conditions for OpenSearch; say it shorter.')
    return new SearchStoreError(
      `OpenSearch answered ${error.statusCode} (${type}) to a search in ${index}; look at the server.`,
    )
  }
  if (error instanceof errors.OpenSearchClientError)
    return new SearchStoreError(
      `OpenSearch did not answer a search in ${index} (${error.name}); look at OPENSEARCH_URL and the server.`,
    )
  return error instanceof Error ? error : new Error(String(error))
}
