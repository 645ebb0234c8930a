/** Walks a workspace. */
export { app } from './app.ts'
export { backfillCommand } from './command.ts'
export type { Settings } from './config.ts'
export { settings } from './config.ts'
