/** What a document is called: `attio_{type}_{record id}`, and back from there to the record. */
import type { Artifact } from '@attio-stream/crm'
import { company } from './company.ts'
import { slugOf } from './custom-object.ts'
import { deal } from './deal.ts'
import { person } from './person.ts'

const IDS: Readonly<Record<string, string>> = { companies: company.idPart, people: person.idPart, deals: deal.idPart }

export function documentIdOf({ object, record }: Pick<Artifact, 'object' | 'record'>): string {
  return `attio_${(object.slug === null ? undefined : IDS[object.slug]) ?? slugOf({ object })}_${record}`
}

/** The record id in a document's or chunk's id; undefined for what is no such id. Slugs hold underscores, record ids do not. */
export function recordIn(id: string): string | undefined {
  return /^attio_.+_([^_]+)$/.exec(id.replace(/_chunk_\d+$/, ''))?.[1]
}
