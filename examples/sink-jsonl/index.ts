/** An example of a sink: documents as JSON lines. */
export { app } from './app.ts'
export { settings } from './config.ts'
export type { JsonlSinkOptions } from './sink.ts'
export { JsonlSink } from './sink.ts'
