/** A stage as an app. */
export type { StageSettings } from './start.ts'
export { startStage } from './start.ts'
