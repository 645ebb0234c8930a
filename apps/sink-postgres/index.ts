/** The Postgres sink. */
export { app, openSink, openStore } from './app.ts'
export type { StoreSettings } from './config.ts'
export { settings, storeSettings } from './config.ts'
export { PostgresSink } from './sink.ts'
export { PostgresStore } from './store.ts'
