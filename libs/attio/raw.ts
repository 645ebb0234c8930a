/**
 * The elements of an answer's `data`, as the exact text Attio sent. A change keeps what was received, not what we make of it:
 * printing a parsed value again would lose digits of large numbers and double keys. Works on text that JSON.parse accepted.
 */

/** The text of each element of the top-level `data` array; of `data` itself when it is no array; null without `data`. */
export function rawData(text: string): readonly string[] | null {
  const at = dataAt(text)
  if (at === -1) return null
  if (text.charCodeAt(at) !== BRACKET) return [text.slice(at, valueEnd(text, at))]
  const elements: string[] = []
  let start = skipSpace(text, at + 1)
  while (text.charCodeAt(start) !== BRACKET_END) {
    const end = valueEnd(text, start)
    elements.push(text.slice(start, end))
    start = skipSpace(text, end)
    if (text.charCodeAt(start) === COMMA) start = skipSpace(text, start + 1)
  }
  return elements
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const BACKSLASH = 92
const BRACKET = 91
const BRACKET_END = 93
const BRACE = 123
const BRACE_END = 125

/** Where the value of the top-level key `data` begins, the last one if it is there twice (as JSON.parse does), or -1. */
function dataAt(text: string): number {
  let found = -1
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== BRACE) return -1
  at = skipSpace(text, at + 1)
  while (text.charCodeAt(at) === QUOTE) {
    const end = stringEnd(text, at)
    const key: unknown = JSON.parse(text.slice(at, end))
    at = skipSpace(text, end)
    if (text.charCodeAt(at) !== COLON) return -1
    at = skipSpace(text, at + 1)
    if (key === 'data') found = at
    at = skipSpace(text, valueEnd(text, at))
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  return found
}

/** The index after the value that begins at `at`. */
function valueEnd(text: string, at: number): number {
  const first = text.charCodeAt(at)
  if (first === QUOTE) return stringEnd(text, at)
  if (first === BRACE || first === BRACKET) return nestedEnd(text, at)
  let end = at
  while (end < text.length && !endsScalar(text.charCodeAt(end))) end += 1
  return end
}

function nestedEnd(text: string, at: number): number {
  let depth = 0
  for (let index = at; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) index = stringEnd(text, index) - 1
    else if (code === BRACE || code === BRACKET) depth += 1
    else if (code === BRACE_END || code === BRACKET_END) {
      depth -= 1
      if (depth === 0) return index + 1
    }
  }
  return text.length
}

/** The index after the string that begins at `at`; a quote ends it when an even number of backslashes stands before. */
function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1)
  while (end !== -1) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return end + 1
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

function endsScalar(code: number): boolean {
  return code === COMMA || code === BRACE_END || code === BRACKET_END || isSpace(code)
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}

function skipSpace(text: string, at: number): number {
  let index = at
  while (isSpace(text.charCodeAt(index))) index += 1
  return index
}
