/**
 * A document's text in pieces of at most CHUNK_SIZE characters for embedding, cut at the strongest boundary in the second
 * half of a piece: paragraph, line, sentence, word, and only then between two graphemes. Every piece begins with the title
 * line and the heading of the section it starts in, so that it can be understood alone.
 */
import type { Chunk } from './document.ts'
import { boundaryBefore, isBoundary } from './grapheme.ts'

export const CHUNK_SIZE = 6_000
export const CHUNK_OVERLAP = 600

/** Where a piece of the text stands, and what is put before it. */
export interface Piece {
  readonly start: number
  readonly end: number
  readonly prefix: string
}

/** `title`: the first line of `text`. */
export function chunks(documentId: string, text: string, alwaysSplit: boolean): readonly Chunk[] {
  const pieces = !alwaysSplit && text.length <= CHUNK_SIZE ? [{ start: 0, end: text.length, prefix: '' }] : split(text)
  return pieces.map(({ start, end, prefix }, ordinal) => ({
    id: `${documentId}_chunk_${ordinal}`,
    ordinal,
    text: prefix + text.slice(start, end).trimEnd(),
  }))
}

/** Pieces in order; each begins where the one before ends or up to CHUNK_OVERLAP earlier. */
export function split(text: string): readonly Piece[] {
  const title = text.slice(0, lineEnd(text, 0))
  const headings = text.length > CHUNK_SIZE ? headingsOf(text) : []
  const pieces: Piece[] = []
  let start = 0
  for (;;) {
    const prefix = start === 0 ? '' : `${title}\n\n${headingAt(headings, start)}`
    const end = endOf(text, start, CHUNK_SIZE - prefix.length)
    pieces.push({ start, end, prefix })
    if (end === text.length) return pieces
    start = overlapStart(text, end)
  }
}

interface Heading {
  readonly at: number
  readonly text: string
}
/** Lines of a document that begin so are headings, and no others: see clean.ts. */
const HEADING = '=== '

function headingsOf(text: string): readonly Heading[] {
  return [...text.matchAll(/^=== .*$/gm)].map(({ index, 0: heading }) => ({ at: index, text: heading }))
}

/** The heading of the section `at` stands in, with its line break; '' where the section itself begins. */
function headingAt(headings: readonly Heading[], at: number): string {
  const heading = headings.findLast((one) => one.at <= at)
  return heading === undefined || heading.at === at ? '' : `${heading.text}\n`
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

function endOf(text: string, start: number, room: number): number {
  const limit = start + room
  if (limit >= text.length) return text.length
  const least = start + Math.floor(room / 2)
  for (const boundary of [paragraphBefore, lineBefore, sentenceBefore, wordBefore]) {
    const end = boundary(text, limit, least)
    if (end > least) return end
  }
  const end = boundaryBefore(text, limit)
  return end > least ? end : notInPair(text, limit)
}

/** Each gives the last place in (`least`, `limit`] where its unit begins, or something not above `least`. */
function paragraphBefore(text: string, limit: number, least: number): number {
  return after(text, '\n\n', limit, least)
}
function lineBefore(text: string, limit: number, least: number): number {
  return after(text, '\n', limit, least)
}
function after(text: string, separator: string, limit: number, least: number): number {
  const found = text.slice(least, limit).lastIndexOf(separator)
  return found < 0 ? 0 : least + found + separator.length
}
function sentenceBefore(text: string, limit: number, least: number): number {
  const ends = [...text.slice(least, limit).matchAll(SENTENCE_END)].map(
    ({ index, 0: end }) => least + index + end.length,
  )
  return ends.findLast((end) => isBoundary(text, end)) ?? 0
}
/** The end of a sentence with the space after it; in scripts without spaces the mark alone. */
const SENTENCE_END = /[.!?…؟।]["'”’»)\]]*\s+|[。！？]/g

function wordBefore(text: string, limit: number, least: number): number {
  for (let at = limit; at > least; at -= 1) if (isSpace(text.charCodeAt(at - 1)) && isBoundary(text, at)) return at
  return 0
}

/** A place not more than CHUNK_OVERLAP before `end` where a line, else a word, else a grapheme begins. */
function overlapStart(text: string, end: number): number {
  if (text.startsWith(HEADING, end)) return end
  const from = end - CHUNK_OVERLAP
  const afterLine = text.indexOf('\n', from) + 1
  if (afterLine > 0 && afterLine < end) return skipBreaks(text, afterLine, end)
  for (let at = from; at < end; at += 1) if (isSpace(text.charCodeAt(at - 1)) && isBoundary(text, at)) return at
  const grapheme = boundaryBefore(text, from)
  return grapheme > from - GRAPHEME_REACH ? grapheme : notInPair(text, from)
}
const GRAPHEME_REACH = 100

function skipBreaks(text: string, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) === 10) at += 1
  return at
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10
}

function notInPair(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at
}
