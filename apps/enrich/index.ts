/** The stage that joins records with everything they show, and the app that runs it. */
export { app } from './app.ts'
export { settings } from './config.ts'
export type { EnrichOptions } from './stage.ts'
export { enrichStage } from './stage.ts'
