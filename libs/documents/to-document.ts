/**
 * Artifact → document. The same artifact always gives the same bytes, and they change only when something a reader sees
 * changed. What each type shows is in the file named after it; how a value looks is value-text.ts.
 */
import type { Artifact } from '@attio-stream/crm'
import { activity } from './activity.ts'
import { Attributes, cut } from './attributes.ts'
import { chunks } from './chunk.ts'
import { line } from './clean.ts'
import { company } from './company.ts'
import { customObject, slugOf } from './custom-object.ts'
import { deal } from './deal.ts'
import type { Document } from './document.ts'
import { documentIdOf } from './document-id.ts'
import type { DocumentType, Written } from './form.ts'
import { shorten } from './grapheme.ts'
import { listFields, metadata } from './metadata.ts'
import { person } from './person.ts'
import { lists, recordSection, type Section, section, sectionsText, titled } from './sections.ts'
import { idStart } from './value-text.ts'

/** Raised by whoever changes the bytes of any document, its metadata or its chunks. A sink then builds a new generation. */
export const FORMAT_VERSION = 1

/** Characters of a whole document. */
export const MAX_TEXT = 200_000
/** Characters of a name in the title. */
const MAX_TITLE = 200

export function toDocument(artifact: Artifact): Document {
  const type = typeOf(artifact)
  const full = artifact.name === null ? '' : line(artifact.name)
  const unnamed = full === ''
  const title = unnamed ? `Unnamed ${lowerCase(type.noun)} (${idStart(artifact.record)})` : shorten(full, MAX_TITLE)
  const naming = { name: unnamed ? undefined : full, shortened: title !== full && !unnamed }
  const titleLine = `${type.noun}: ${title}`

  const { before, written, rest } = fitting(type, artifact, titleLine, naming)
  const after = [recordSection(artifact)]
  const room = MAX_TEXT - textLength(titleLine, [...before, ...after]) - ACTIVITY_HEADING
  const shown = activity(artifact.activity, artifact.notes + artifact.tasks, room)
  const text = wholeOrCut(sectionsText(titleLine, [...before, shown.section, ...after]))

  const objectSlug = slugOf(artifact)
  const id = documentIdOf(artifact)
  const common = {
    workspace_id: artifact.workspace,
    record_id: artifact.record,
    object_id: artifact.object.id,
    object_slug: objectSlug,
    name: unnamed ? title : full,
    created_at: artifact.createdAt,
    web_url: artifact.webUrl ?? undefined,
    note_count: artifact.notes,
    task_count: artifact.tasks,
    activity_not_shown: shown.notShown > 0 ? shown.notShown : undefined,
    unnamed: unnamed ? true : undefined,
  }
  return {
    id,
    source: type.source,
    workspace: artifact.workspace,
    objectSlug,
    record: artifact.record,
    title,
    text,
    metadata: metadata({ ...written.metadata, ...listFields(artifact.lists), ...common }, [...written.custom, ...rest]),
    chunks: chunks(id, text, type.alwaysSplit),
    createdAt: artifact.createdAt,
    webUrl: artifact.webUrl,
  }
}

function typeOf(artifact: Artifact): DocumentType {
  switch (artifact.object.slug) {
    case 'companies':
      return company
    case 'people':
      return person
    case 'deals':
      return deal
    default:
      return customObject(artifact)
  }
}

const ACTIVITY_HEADING = '\n\n=== ACTIVITY ===\n'.length
/** Characters of one value, tried in turn until everything but the activity fits. */
const LIMITS = [Number.POSITIVE_INFINITY, 50_000, 10_000, 2_000, 400, 100]

/** Everything that stands before ACTIVITY, its longest values cut where the whole would not fit. */
function fitting(
  type: DocumentType,
  artifact: Artifact,
  titleLine: string,
  naming: Pick<Naming, 'name' | 'shortened'>,
) {
  for (const limit of LIMITS) {
    const written = writeBefore(type, artifact, { ...naming, limit })
    const last = limit === LIMITS.at(-1)
    if (last || textLength(titleLine, written.before) <= MAX_TEXT - RESERVE) return written
  }
  throw new TypeError('the list of limits is empty')
}
/** For RECORD, and the line that says what is not shown. */
const RESERVE = 3_000

interface Naming {
  readonly name: string | undefined
  readonly shortened: boolean
  readonly limit: number
}

function writeBefore(type: DocumentType, artifact: Artifact, naming: Naming) {
  const attributes = new Attributes(artifact.attributes)
  const written: Written = type.write({ artifact, attributes, ...naming })
  const rest = attributes.rest()
  const { limit } = naming
  const before = [...written.sections, lists(artifact.lists, limit), section('DETAILS', titled(rest, limit))]
  return { before, written, rest }
}

/** Of `sectionsText`, without making it. */
function textLength(titleLine: string, sections: readonly Section[]): number {
  let length = titleLine.length
  for (const { heading, lines } of sections)
    if (lines.length > 0) length += FRAME + heading.length + lines.reduce((sum, line) => sum + 1 + line.length, 0)
  return length
}
const FRAME = '\n\n===  ==='.length

/** Only a record with thousands of long attributes comes here: the end is missing, and the last line says so. */
function wholeOrCut(text: string): string {
  return text.length <= MAX_TEXT ? text : cut(text, MAX_TEXT - 60)
}

/** `support ticket`, but `API key`. */
function lowerCase(noun: string): string {
  return noun
    .split(' ')
    .map((word) => (word.length > 1 && word === word.toUpperCase() ? word : word.toLowerCase()))
    .join(' ')
}
