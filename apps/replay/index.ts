/** Asks a stage to take its input once more. */
export { replayCommand } from './command.ts'
