/** The command that builds a new generation of a sink's index, and what else is asked of generations. */
export { parseTask, type Task, USAGE } from './arguments.ts'
export { statusLines } from './lines.ts'
