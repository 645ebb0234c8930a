/**
 * The three stores as a reader sees them: the document shown for a record, and counts per type. Uses the stores' own
 * clients and public names (view, alias, namespaces), not the sinks' code.
 */
import { Client } from '@opensearch-project/opensearch'
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import pg from 'pg'

export interface ShownDocument {
  readonly title: string
  readonly text: string
}

/** A document whole, and the version readers see. */
export interface WholeDocument extends ShownDocument {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly version: number
}

export interface Store {
  readonly name: 'Postgres' | 'OpenSearch' | 'turbopuffer'
  /** Undefined when readers find no document of the record. */
  find(record: string): Promise<ShownDocument | undefined>
  /** Documents of the workspace that readers find, by source. */
  counts(): Promise<ReadonlyMap<string, number>>
  /** Every document readers find, by record; of a small workspace. Throws when the store can show only a part. */
  all(): Promise<ReadonlyMap<string, WholeDocument>>
  /** Versions of every document readers find, by record; of a small workspace. Throws as `all` does. */
  versions(): Promise<ReadonlyMap<string, number>>
  close(): Promise<void>
}

export interface StoreAddresses {
  readonly databaseUrl: string
  readonly opensearchUrl: string
  readonly turbopufferUrl: string
  readonly turbopufferKey: string
  readonly workspace: string
}

export function openStores(at: StoreAddresses): readonly Store[] {
  return [postgres(at), opensearch(at), turbopuffer(at)]
}

/** The most one request gives in OpenSearch and turbopuffer. */
const PAGE = 10_000

function postgres({ databaseUrl, workspace }: StoreAddresses): Store {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  pool.on('error', () => {})
  return {
    name: 'Postgres',
    async find(record) {
      const { rows } = await pool.query('select title, text from search.documents where record_id = $1', [record])
      return rows[0]
    },
    async counts() {
      const { rows } = await pool.query(
        'select source, count(*)::int as count from search.documents where workspace_id = $1 group by source',
        [workspace],
      )
      return new Map(rows.map(({ source, count }) => [source, count]))
    },
    async all() {
      const { rows } = await pool.query('select record_id, title, text, metadata, version from search.documents')
      return new Map(
        rows.map(({ record_id, version, ...shown }) => [record_id, { ...shown, version: Number(version) }]),
      )
    },
    async versions() {
      const { rows } = await pool.query('select record_id, version from search.documents')
      return new Map(rows.map(({ record_id, version }) => [record_id, Number(version)]))
    },
    close: () => pool.end(),
  }
}

function opensearch({ opensearchUrl, workspace }: StoreAddresses): Store {
  const client = new Client({ node: opensearchUrl })
  const index = 'documents'
  const everything = async (fields: string[]) => {
    const search = { index, size: PAGE, allow_partial_search_results: false }
    const { body } = await client.search({ ...search, body: { query: { match_all: {} }, _source: fields } })
    const { hits, _shards } = body
    if (_shards.failed > 0 || _shards.successful < _shards.total) throw new Error('OpenSearch shows only a part')
    if (hits.hits.length === PAGE) throw new Error(`OpenSearch has ${PAGE} documents or more`)
    return hits.hits.map(({ _source }) => _source as Readonly<Record<string, unknown>>)
  }
  return {
    name: 'OpenSearch',
    async find(record) {
      const query = { term: { record_id: record } }
      const { body } = await client.search({ index, body: { query, size: 1, _source: ['title', 'text'] } })
      return body.hits.hits[0]?._source as ShownDocument | undefined
    },
    async counts() {
      const aggs = { source: { terms: { field: 'source', size: 20 } } }
      const query = { term: { workspace_id: workspace } }
      const { body } = await client.search({ index, body: { size: 0, query, aggs } })
      const source = body.aggregations?.source as unknown as
        | { buckets: { key: string; doc_count: number }[] }
        | undefined
      return new Map(source?.buckets.map(({ key, doc_count }) => [key, doc_count]))
    },
    async all() {
      const hits = await everything(['record_id', 'title', 'text', 'metadata', 'unmapped', 'version'])
      return new Map(
        hits.map(({ record_id, metadata, unmapped, ...shown }) => [
          String(record_id),
          { ...shown, metadata: { ...(metadata as object), ...(unmapped as object) } } as WholeDocument,
        ]),
      )
    },
    async versions() {
      const hits = await everything(['record_id', 'version'])
      return new Map(hits.map(({ record_id, version }) => [String(record_id), Number(version)]))
    },
    close: () => client.close(),
  }
}

/** Rows are chunks: the first one stands for the document, the text is all of them together. */
function turbopuffer({ databaseUrl, turbopufferUrl, turbopufferKey, workspace }: StoreAddresses): Store {
  const client = new Turbopuffer({ baseURL: turbopufferUrl, apiKey: turbopufferKey })
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  pool.on('error', () => {})
  const live = async () => {
    const { rows } = await pool.query(
      `select replace(places[1], '{workspace}', $1) as namespace from control.live_generations where sink = 'turbopuffer'`,
      [workspace],
    )
    return client.namespace(rows[0]?.namespace ?? `attio-${workspace}-g1`)
  }
  const everything = async (fields: string[]) => {
    const of = { rank_by: ['ordinal', 'asc'] as const, filters: ['deleted', 'Eq', false] as const }
    const { rows = [] } = await (await live()).query({ ...of, include_attributes: fields, limit: PAGE } as never)
    if (rows.length === PAGE) throw new Error(`turbopuffer has ${PAGE} rows or more`)
    return rows as readonly Readonly<Record<string, unknown>>[]
  }
  return {
    name: 'turbopuffer',
    async find(record) {
      const { rows = [] } = await (await live()).query({
        rank_by: ['ordinal', 'asc'],
        filters: [
          'And',
          [
            ['record_id', 'Eq', record],
            ['deleted', 'Eq', false],
          ],
        ],
        include_attributes: ['title', 'text'],
        limit: 100,
      })
      const [first] = rows
      return first && { title: String(first.title), text: rows.map(({ text }) => String(text)).join('\n') }
    },
    async counts() {
      const { aggregation_groups = [] } = await (await live()).query({
        aggregate_by: { count: ['Count'] },
        group_by: ['source'],
        filters: [
          'And',
          [
            ['ordinal', 'Eq', 0],
            ['deleted', 'Eq', false],
          ],
        ],
      })
      return new Map(aggregation_groups.map(({ source, count }) => [String(source), Number(count)]))
    },
    async all() {
      const rows = await everything(['record_id', 'ordinal', 'title', 'text', 'metadata', 'version'])
      const heads = rows.filter(({ ordinal }) => ordinal === 0)
      return new Map(
        heads.map(({ record_id: record, title, metadata, version }) => {
          const chunks = rows.filter((row) => row.record_id === record).map((row) => String(row.text))
          const shown = { title: String(title), text: joined(chunks), version: Number(version) }
          return [String(record), { ...shown, metadata: JSON.parse(String(metadata)) }]
        }),
      )
    },
    async versions() {
      const heads = (await everything(['record_id', 'ordinal', 'version'])).filter(({ ordinal }) => ordinal === 0)
      return new Map(heads.map(({ record_id, version }) => [String(record_id), Number(version)]))
    },
    close: () => pool.end(),
  }
}

/**
 * The text that was cut into these chunks: each begins with the title line, most with the heading of their section, and
 * repeats the end of the one before.
 */
export function joined(chunks: readonly string[]): string {
  const [first = '', ...others] = chunks
  const [titleLine = ''] = first.split('\n', 1)
  return others.reduce((text, chunk) => {
    const body = chunk.slice(titleLine.length).replace(/^\n+/, '')
    const heading = /^=== .+ ===\n/.exec(body)?.[0]
    const last = text.slice(text.lastIndexOf('\n=== ') + 1)
    const rest = heading !== undefined && last.startsWith(heading) ? body.slice(heading.length) : body
    let common = Math.min(LONGEST_OVERLAP, rest.length)
    while (common > 0 && !text.endsWith(rest.slice(0, common))) common--
    const between = common > 0 ? '' : rest.startsWith('=== ') ? '\n\n' : '\n'
    return text + between + rest.slice(common)
  }, first)
}
const LONGEST_OVERLAP = 700
