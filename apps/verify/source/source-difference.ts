/** A thing of which crm.* says something else than Attio: by kind, and by the documents that are wrong because of it. */
import { documentIdOf } from '@attio-stream/documents'
import type { Known } from './known.ts'
import type { Suspect } from './look.ts'

/** missing: Attio has it, we do not, or believe it dead. dead: we have it, Attio says gone. stale: Attio says something else. */
export const SOURCE_KINDS = ['missing', 'dead', 'stale'] as const
export type SourceKind = (typeof SOURCE_KINDS)[number]

export interface SourceDifference extends Suspect {
  readonly difference: SourceKind
  readonly workspace: string
  /** Ids of the documents that show it, as far as known: a record's own, or those of the records a child is filed under. */
  readonly documents: readonly string[]
}

export interface DifferenceContext {
  readonly known: Known
  readonly walk: { readonly slugs: ReadonlyMap<string, string> }
  readonly workspace: string
}

export function toDifference(
  difference: SourceKind,
  { kind, id, home }: Suspect,
  { known, walk, workspace }: DifferenceContext,
): SourceDifference {
  const documentOf = (record: string, object: string | undefined): readonly string[] => {
    if (object === undefined) return []
    const slug = walk.slugs.get(object) ?? null
    return [documentIdOf({ object: { id: object, slug, singular: null }, record })]
  }
  const parents = known.things.get(id)?.parents ?? []
  const documents =
    kind === 'record'
      ? documentOf(id, home)
      : parents.flatMap((parent) => documentOf(parent, known.things.get(parent)?.home))
  return { difference, kind, id, home, workspace, documents }
}
