/** Artifact → document → chunks. Pure. */
export type { Chunk, Document, Metadata, Source } from './document.ts'
