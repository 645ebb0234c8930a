/** The stage that folds changes into states, and the app that runs it. */
export { app } from './app.ts'
export { settings } from './config.ts'
export type { CompactOptions } from './stage.ts'
export { compactStage } from './stage.ts'
