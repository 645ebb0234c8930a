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

export interface Store {
  readonly name: 'Postgres' | 'OpenSearch' | 'turbopuffer'
  /** Undefined when readers find no document of the record. */
  find(record: string): Promise<ShownDocument | undefined>
  /** Documents readers find, by source. */
  counts(): Promise<ReadonlyMap<string, number>>
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

function postgres({ databaseUrl }: StoreAddresses): Store {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  pool.on('error', () => {})
  return {
    name: 'Postgres',
    async find(record) {
      const { rows } = await pool.query('select title, text from search.documents where record_id = $1', [record])
      return rows[0]
    },
    async counts() {
      const { rows } = await pool.query('select source, count(*)::int as count from search.documents group by source')
      return new Map(rows.map(({ source, count }) => [source, count]))
    },
    close: () => pool.end(),
  }
}

function opensearch({ opensearchUrl }: StoreAddresses): Store {
  const client = new Client({ node: opensearchUrl })
  const index = 'documents'
  return {
    name: 'OpenSearch',
    async find(record) {
      const query = { term: { record_id: record } }
      const { body } = await client.search({ index, body: { query, size: 1, _source: ['title', 'text'] } })
      return body.hits.hits[0]?._source as ShownDocument | undefined
    },
    async counts() {
      const aggs = { source: { terms: { field: 'source', size: 20 } } }
      const { body } = await client.search({ index, body: { size: 0, track_total_hits: true, aggs } })
      const source = body.aggregations?.source as unknown as
        | { buckets: { key: string; doc_count: number }[] }
        | undefined
      return new Map(source?.buckets.map(({ key, doc_count }) => [key, doc_count]))
    },
    close: () => client.close(),
  }
}

/** Rows are chunks: the first one stands for the document, the text is all of them together. */
function turbopuffer({ turbopufferUrl, turbopufferKey, workspace }: StoreAddresses): Store {
  const client = new Turbopuffer({ baseURL: turbopufferUrl, apiKey: turbopufferKey })
  const namespace = client.namespace(`attio-${workspace}-g1`)
  return {
    name: 'turbopuffer',
    async find(record) {
      const { rows = [] } = await namespace.query({
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
      const { aggregation_groups = [] } = await namespace.query({
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
    close: async () => {},
  }
}
