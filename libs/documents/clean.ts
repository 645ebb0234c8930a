/**
 * Text from outside made fit to stand in a document: no control characters, no broken surrogates, no direction overrides,
 * and nothing that could pass for a heading or a line of ours. What a reader sees of it is not changed otherwise.
 */

/** What every line break is turned into one of. */
const BREAKS = /\r\n?|[\n\v\f\u0085\u2028\u2029]/g
/** Controls but line feed; byte order mark; embeddings, overrides and isolates, which reorder what follows them. */
const HARMFUL = /[\p{Cc}\ufeff\u202a-\u202e\u2066-\u2069]/gu
/** One of them, or of the line breaks. */
const SUSPECT = /[\p{Cc}\ufeff\u2028-\u202e\u2066-\u2069]/u

/** Several lines: breaks unified, tabs to spaces, at most one empty line between two others, none at the ends. */
export function lines(text: string): string {
  if (text.isWellFormed() && !SUSPECT.test(text)) return text.trim()
  return text
    .toWellFormed()
    .replaceAll(BREAKS, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(HARMFUL, (character) => (character === '\n' ? character : ''))
    .replaceAll(/[^\S\n]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replaceAll(/^\n+/g, '')
    .trimEnd()
}

/** One line. */
export function line(text: string): string {
  const clean = lines(text)
  return clean.includes('\n') ? clean.replaceAll(/\s*\n\s*/g, ' ').trim() : clean.trim()
}

/** One line that stands at the beginning of a line of the document: it cannot look like a heading. */
export function label(text: string): string {
  return line(text).replace(/^[=\s]+/, '')
}

/** Every line moved in by two spaces; empty ones stay empty. */
export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}
