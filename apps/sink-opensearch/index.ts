/** The OpenSearch sink. */
export { app, openSink } from './app.ts'
export type { StoreSettings } from './config.ts'
export { settings, storeSettings } from './config.ts'
export { OpenSearchSink } from './sink.ts'
