/** The Sink port, the loop that keeps a store true, and what artifacts become in a store. */
export { documentHash } from './document-hash.ts'
export type { Delete, Forget, Holding, Put, Refusal, Sink, Write } from './sink.ts'
export { StoreError } from './sink.ts'
