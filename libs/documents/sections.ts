/**
 * The layout all documents share: a title line, then sections of `=== HEADING ===` and one fact a line. What has no text is
 * left out, a section without lines too.
 */
import type { Artifact, Membership, NamedAttribute } from '@attio-stream/crm'
import { type Attributes, attributeText } from './attributes.ts'
import { indented, label, line } from './clean.ts'
import { dateText, idStart } from './value-text.ts'

export interface Section {
  readonly heading: string
  readonly lines: readonly string[]
}

/** `[label, text]`; text '' or undefined is left out. */
export type Fact = readonly [name: string, text: string | undefined]

export function section(heading: string, facts: readonly Fact[]): Section {
  return { heading, lines: facts.flatMap(([name, text]) => factLines(name, text)) }
}

export function sectionsText(title: string, sections: readonly Section[]): string {
  let text = title
  for (const { heading, lines } of sections) if (lines.length > 0) text += `\n\n=== ${heading} ===\n${lines.join('\n')}`
  return text
}

/** `Next step: Send the quote`, or the label and an indented block when the text has several lines. */
function factLines(name: string, text: string | undefined): readonly string[] {
  if (text === undefined || text === '') return []
  return [text.includes('\n') ? `${name}:\n${indented(text)}` : `${name}: ${text}`]
}

/** Attributes under their own titles. */
export function titled(attributes: readonly NamedAttribute[], limit: number): readonly Fact[] {
  return attributes.map((attribute) => [titleOf(attribute), attributeText(attribute, limit)])
}

/** An attribute under a fixed label. */
export function fact(name: string, attribute: NamedAttribute | undefined, limit: number): Fact {
  return [name, attribute === undefined ? undefined : attributeText(attribute, limit)]
}

export function location(attributes: Attributes, limit: number): Section {
  return section('LOCATION', [fact('Location', attributes.take('primary_location'), limit)])
}

export function socialLinks(attributes: Attributes, limit: number): Section {
  const links = SOCIAL.map(([slug, name]) => fact(name, attributes.take(slug), limit))
  return section('SOCIAL LINKS', links)
}
export const SOCIAL = [
  ['linkedin', 'LinkedIn'],
  ['twitter', 'Twitter'],
  ['facebook', 'Facebook'],
  ['instagram', 'Instagram'],
  ['angellist', 'AngelList'],
] as const

/** Memberships shown; the rest is counted. */
const MAX_LISTS = 100

export function lists(memberships: readonly Membership[], limit: number): Section {
  const lines = memberships.slice(0, MAX_LISTS).map((membership) => membershipLine(membership, limit))
  const more = memberships.length - lines.length
  return { heading: 'LISTS', lines: more > 0 ? [...lines, `and ${more} more`] : lines }
}

/** `Enterprise pipeline: Stage: Negotiation; Priority: High` */
function membershipLine(membership: Membership, limit: number): string {
  const values = entryFacts(membership, limit).map(([name, text]) => `${name}: ${text}`)
  return values.length === 0 ? listName(membership) : `${listName(membership)}: ${values.join('; ')}`
}

/** The entry's own values, each on one line. */
export function entryFacts(
  membership: Membership,
  limit = Number.POSITIVE_INFINITY,
): readonly (readonly [name: string, text: string])[] {
  return membership.attributes.flatMap((attribute) => {
    const text = ENTRY_BOOKKEEPING.has(attribute.slug) ? '' : line(attributeText(attribute, limit))
    return text === '' ? [] : [[titleOf(attribute), text] as const]
  })
}
const ENTRY_BOOKKEEPING = new Set(['entry_id', 'list_id', 'parent_record', 'parent_object', 'created_at', 'created_by'])

export function listName({ name, list }: Membership): string {
  const known = name === null ? '' : label(name)
  return known === '' ? `Unnamed list (${idStart(list)})` : known
}

export function recordSection({ createdAt, webUrl, record }: Artifact): Section {
  return section('RECORD', [
    ['Created', dateText(createdAt)],
    ['Link', webUrl === null ? undefined : line(webUrl)],
    ['Attio Record ID', line(record)],
  ])
}

export function titleOf({ title, slug }: NamedAttribute): string {
  return label(title) || label(slug) || 'Untitled'
}
