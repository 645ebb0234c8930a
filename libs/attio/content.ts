/**
 * What an observation says, as crm.* keeps it: the canonical body, the records it is filed under, and the text its hash is
 * over. Folding it (compact), comparing it with Attio (verify) and explaining it (trace) all go through here, so that they
 * cannot disagree. The hash itself is libs/stream's.
 */
import { type Card, type ChildContent, canonical, displayName, type RecordContent } from '@attio-stream/crm'
import type {
  EntryObservation,
  ListObservation,
  MemberObservation,
  NoteObservation,
  ObjectObservation,
  Observation,
  RecordObservation,
  TaskObservation,
} from './observe.ts'

export type ChildObservation = NoteObservation | TaskObservation | EntryObservation
export type DirectoryObservation = ObjectObservation | ListObservation | MemberObservation

export interface Kept {
  /** The `body` of crm.records or crm.children. */
  readonly body: string
  /** Record ids, sorted; empty for what is filed nowhere. In which order Attio lists them is nothing a reader sees. */
  readonly parents: readonly string[]
  /** What the state's hash is over. */
  readonly hashed: string
}

export function keptOf(seen: Observation): Kept {
  switch (seen.kind) {
    case 'record':
      return bodyAlone(recordContent(seen))
    case 'note':
    case 'task':
    case 'entry': {
      const { parents: listed, ...content } = seen
      const parents = [...new Set(listed)].sort()
      const body = canonical(content satisfies ChildContent)
      return { body, parents, hashed: `${parents.join(' ')} ${body}` }
    }
    case 'object':
    case 'list':
    case 'member':
      return bodyAlone(directoryEntry(seen))
  }
}

export function recordContent({ object, record, createdAt, webUrl, values, order }: RecordObservation): RecordContent {
  return { object, record, createdAt, webUrl, name: displayName(values, { order, webUrl }), values }
}

/** What an object, list or member is called, and the card others see of it. */
export function directoryEntry(seen: DirectoryObservation): { readonly name: string | null; readonly card: Card } {
  switch (seen.kind) {
    case 'object': {
      const { kind, slug, singular, plural, attributes } = seen
      return { name: plural ?? singular ?? slug, card: { kind, slug, singular, plural, attributes } }
    }
    case 'list':
      return { name: seen.name, card: { kind: seen.kind, slug: seen.slug, attributes: seen.attributes } }
    case 'member':
      return { name: seen.name, card: { kind: seen.kind, email: seen.email } }
  }
}

function bodyAlone(content: unknown): Kept {
  const body = canonical(content)
  return { body, parents: [], hashed: body }
}
