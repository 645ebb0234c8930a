/** Artifact → document → chunks. Pure. */
export { CHUNK_OVERLAP, CHUNK_SIZE } from './chunk.ts'
export type { Chunk, Document, Metadata, Source } from './document.ts'
export { documentIdOf, recordIn } from './document-id.ts'
export type { MetadataField, MetadataType } from './metadata.ts'
export { METADATA_FIELDS } from './metadata.ts'
export { FORMAT_VERSION, MAX_TEXT, toDocument } from './to-document.ts'
