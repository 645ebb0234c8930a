/** Reads back what notices name. */
export { app } from './app.ts'
export type { Settings } from './config.ts'
export { settings } from './config.ts'
