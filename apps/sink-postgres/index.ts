/** The Postgres sink. */
export type { StoreSettings } from './config.ts'
export { settings, storeSettings } from './config.ts'
export { PostgresSink } from './sink.ts'
