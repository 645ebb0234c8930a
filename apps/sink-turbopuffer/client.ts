/** The turbopuffer client as every reader and writer of our namespaces needs it; retries are the loop's. */
import { Turbopuffer } from '@turbopuffer/turbopuffer'
import type { StoreSettings } from './config.ts'

export function turbopufferClient(settings: StoreSettings): Turbopuffer {
  return new Turbopuffer({
    apiKey: settings.TURBOPUFFER_API_KEY,
    baseURL: settings.TURBOPUFFER_BASE_URL,
    region: null,
    timeout: settings.SINK_TURBOPUFFER_TIMEOUT_MS,
    compression: settings.SINK_TURBOPUFFER_COMPRESS,
    maxRetries: 0,
    logLevel: 'off',
  })
}
