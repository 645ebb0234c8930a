/** Text to vectors: the port, its two adapters, and the settings that choose one. */
export type { Embedder } from './embedder.ts'
export { EmbedderError } from './embedder.ts'
export { localEmbedder } from './local.ts'
export type { Paid, RemoteOptions } from './openai-compatible.ts'
export { openAiCompatible } from './openai-compatible.ts'
export type { EmbedderSettings } from './settings.ts'
export { embedderOf, embedderSettings } from './settings.ts'
