/** The OpenSearch sink. */
export { app, openSink, openStore } from './app.ts'
export type { StoreSettings } from './config.ts'
export { settings, storeSettings } from './config.ts'
export { OpenSearchSink } from './sink.ts'
export { OpenSearchStore } from './store.ts'
