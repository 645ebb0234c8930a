/** The Postgres sink. */
export { app, openSink } from './app.ts'
export type { StoreSettings } from './config.ts'
export { settings, storeSettings } from './config.ts'
export { PostgresSink } from './sink.ts'
