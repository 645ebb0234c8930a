/** Where the live documents are: the settings of the sinks that write them, each store only where there is one. */
import { embedderSettings } from '@attio-stream/embedder'
import { z } from 'zod'

const url = (protocol: RegExp, name: string) => z.url({ protocol, error: `is not ${name} URL` })

export const searchSettings = z.object({
  OPENSEARCH_URL: url(/^https?$/, 'an http(s)')
    .optional()
    .describe('OpenSearch that holds the documents'),
  OPENSEARCH_USERNAME: z.string().optional().describe('user name, where the server asks for one'),
  OPENSEARCH_PASSWORD: z.string().optional().describe('password of that user'),
  OPENSEARCH_CA_FILE: z.string().optional().describe('file with the certificate authority of the server'),
  SINK_OPENSEARCH_PREFIX: z.string().default('').describe('prefix, as it stands, of the index and alias names'),
  DATABASE_URL: url(/^postgres(ql)?$/, 'a postgres://')
    .optional()
    .describe('Postgres of the control database'),
  SINK_POSTGRES_URL: url(/^postgres(ql)?$/, 'a postgres://')
    .optional()
    .describe('Postgres that holds the documents; the control database when not set'),
  SINK_POSTGRES_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,30}$/, 'takes lower-case letters, digits and underscore')
    .default('search')
    .describe('schema of the documents'),
  TURBOPUFFER_API_KEY: z.string().min(1).optional().describe('API key of turbopuffer, or of its emulator'),
  TURBOPUFFER_BASE_URL: url(/^https?$/, 'an http(s)')
    .optional()
    .describe('turbopuffer, or its emulator'),
  TURBOPUFFER_PREFIX: z.string().default('attio-').describe('prefix of all namespaces'),
  CELL: z.string().default('').describe('prefix of the cell whose documents are read; empty for the only one'),
  SEARCH_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe('longest a store, or the model that embeds the question, may take to answer a search'),
  ...embedderSettings,
})
export type SearchSettings = z.infer<typeof searchSettings>
