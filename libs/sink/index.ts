/** The Sink port and what runs it. */
export type { Delete, Forget, Holding, Put, Refusal, Sink, Write } from './sink.ts'
export { StoreError } from './sink.ts'
