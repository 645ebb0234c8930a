/** The OpenSearch client as the settings say. Retries are the loop's: it knows when to stop. */
import { readFileSync } from 'node:fs'
import { Client } from '@opensearch-project/opensearch'
import type { StoreSettings } from './config.ts'

/** Connects on first use. */
export function clientOf(settings: StoreSettings): Client {
  const { OPENSEARCH_USERNAME: username, OPENSEARCH_PASSWORD: password, OPENSEARCH_CA_FILE: ca } = settings
  return new Client({
    node: settings.OPENSEARCH_URL,
    requestTimeout: settings.SINK_OPENSEARCH_TIMEOUT_MS,
    maxRetries: 0,
    ...(username === undefined ? {} : { auth: { username, password: password ?? '' } }),
    ...(ca === undefined ? {} : { ssl: { ca: readFileSync(ca) } }),
  })
}
