/** What the command prints, for whoever shows an answer as text. */
export type { Look } from './lines.ts'
export { answerLines, PLAIN, TERMINAL } from './lines.ts'
