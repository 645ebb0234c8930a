/** A store, its generations and their registry in memory: for tests of what stands above sinks. */
export { MemoryGenerations } from './generations/memory-generations.ts'
export { MemoryStore } from './generations/memory-store.ts'
export type { MemorySinkOptions } from './memory-sink.ts'
export { MemorySink } from './memory-sink.ts'
