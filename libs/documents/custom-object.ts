/** The document of a record of any other object, users and workspaces too: all its attributes in Attio's order. */
import type { Artifact } from '@attio-stream/crm'
import { label } from './clean.ts'
import type { DocumentType, Writing, Written } from './form.ts'
import { shorten } from './grapheme.ts'
import { section, titled } from './sections.ts'
import { idStart } from './value-text.ts'

/** Until the directory knows the object's slug, the beginning of its id stands for it. */
export function slugOf({ object }: Pick<Artifact, 'object'>): string {
  return object.slug ?? idStart(object.id)
}

export function customObject(artifact: Artifact): DocumentType {
  const noun = nounOf(artifact)
  return {
    source: 'attio_custom_object',
    idPart: slugOf(artifact),
    noun,
    alwaysSplit: false,
    write: (writing) => write(noun, writing),
  }
}

function write(noun: string, { attributes, name, shortened, limit }: Writing): Written {
  const all = attributes.rest()
  for (const { slug } of all) attributes.take(slug)
  const own = all.filter(({ type }) => type !== 'record-reference')
  const related = all.filter(({ type }) => type === 'record-reference')
  const saysItsName = own.some(({ slug }) => slug === 'name' || slug === 'title')
  return {
    sections: [
      section(`${noun.toUpperCase()} OVERVIEW`, [
        ['Name', shortened && !saysItsName ? name : undefined],
        ...titled(own, limit),
      ]),
      section('RELATED', titled(related, limit)),
    ],
    metadata: {},
    custom: all,
  }
}

/** The object's singular noun, else its slug made readable. */
function nounOf({ object }: Artifact): string {
  const words = label(object.singular ?? '') || label((object.slug ?? '').replaceAll(/[_-]+/g, ' ')) || 'Record'
  const noun = shorten(words.replaceAll('=', ' '), 60)
  return noun.charAt(0).toUpperCase() + noun.slice(1)
}
