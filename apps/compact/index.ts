/** The stage that folds changes into states. */
export { settings } from './config.ts'
export type { CompactOptions } from './stage.ts'
export { compactStage } from './stage.ts'
