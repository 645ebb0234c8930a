/**
 * Pieces of a document with the words that matched marked in them, as data: whoever shows them escapes and marks up as it
 * needs. Stores that highlight put MARKS around words; for those that do not, an excerpt is chosen here.
 */
export interface Span {
  readonly text: string
  readonly hit: boolean
}
export type Snippet = readonly Span[]

/** Characters of private use that stand around a matched word. */
export const MARKS = { open: '\u{e000}', close: '\u{e001}', between: '\u{e002}' } as const

/** Of a text with MARKS; marks that do not pair are left out. */
export function snippetOf(marked: string): Snippet {
  const spans: Span[] = []
  const parts = marked
    .replaceAll(/\s+/g, ' ')
    .trim()
    .split(/([\u{e000}\u{e001}\u{e002}])/u)
  let hit = false
  for (const part of parts) {
    if (part === MARKS.open) hit = true
    else if (part === MARKS.close) hit = false
    else if (part !== '' && part !== MARKS.between) spans.push({ text: part, hit })
  }
  return spans
}

export const plainText = (snippet: Snippet): string => snippet.map(({ text }) => text).join('')

const LENGTH = 240
const WORD = /[\p{L}\p{N}]+/gu
const MARKS_ON_LETTERS = /\p{M}+/gu
/** Longer words are the same when they begin the same: "negotiate", "negotiation". */
const STEM = 6

const stem = (word: string): string => word.normalize('NFKD').replace(MARKS_ON_LETTERS, '').toLowerCase().slice(0, STEM)

/** The line of the text that shares most with the question, its matching words marked; without any, its beginning. */
export function excerptOf(text: string, question: string): Snippet {
  const wanted = new Set((question.match(WORD) ?? []).filter((word) => word.length > 2).map(stem))
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('=== '))
  const worth = (line: string) => new Set((line.match(WORD) ?? []).map(stem).filter((word) => wanted.has(word))).size
  let best = lines[0] ?? ''
  let most = 0
  for (const line of lines) {
    const worthIt = worth(line)
    if (worthIt > most) [best, most] = [line, worthIt]
  }
  return snippetOf(
    cut(best.trim(), wanted).replaceAll(WORD, (word) =>
      wanted.has(stem(word)) ? `${MARKS.open}${word}${MARKS.close}` : word,
    ),
  )
}

/** About LENGTH characters around the first matching word. */
function cut(line: string, wanted: ReadonlySet<string>): string {
  if (line.length <= LENGTH) return line
  const first = [...line.matchAll(WORD)].find(({ 0: word }) => wanted.has(stem(word)))?.index ?? 0
  const from = first < LENGTH / 2 ? 0 : line.lastIndexOf(' ', first - LENGTH / 3) + 1
  const end = line.indexOf(' ', from + LENGTH)
  const to = end < 0 || end > from + LENGTH * 2 ? from + LENGTH : end
  return `${from > 0 ? '… ' : ''}${line.slice(from, to).toWellFormed()}${to < line.length ? ' …' : ''}`
}
