/**
 * Where text may be cut: never inside a surrogate pair or a grapheme. Looks at the neighbourhood of a place only, so it
 * costs the same in a long text as in a short one.
 */

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** How far back a grapheme is followed, UTF-16 units; a longer one is nobody's text. */
const REACH = 2_000
const AHEAD = 64
/** Below this nothing combines with what stands before it. */
const PLAIN = 0x300

/** Whether a reader would see two things if the text were cut before index `at`. */
export function isBoundary(text: string, at: number): boolean {
  return boundaryBefore(text, at) === at
}

/** The last boundary at or before `at`. */
export function boundaryBefore(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return Math.min(Math.max(at, 0), text.length)
  const before = text.charCodeAt(at - 1)
  if (before < PLAIN && text.charCodeAt(at) < PLAIN) return before === 13 && text.charCodeAt(at) === 10 ? at - 1 : at
  const from = anchor(text, at)
  let last = from
  for (const { index } of segmenter.segment(text.slice(from, at + AHEAD))) {
    if (from + index > at) break
    last = from + index
  }
  return last > from || from === 0 || at - from < REACH ? last : outsidePair(text, at)
}

/** The first `max` UTF-16 units at most, the last of them `…` if anything was left out. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, boundaryBefore(text, max - 1)).trimEnd()}…`
}

/** A place not far before `at` where a grapheme surely begins. */
function anchor(text: string, at: number): number {
  const limit = Math.max(0, at - REACH)
  let index = at - 1
  while (index > limit && text.charCodeAt(index) >= PLAIN) index -= 1
  index = outsidePair(text, index)
  // Two regional indicators make a flag, so which two belong together is known only from where their row begins.
  while (index >= 2 && isRegional(text, index) && isRegional(text, index - 2)) index -= 2
  return index
}

/** Whether a regional indicator, U+1F1E6 to U+1F1FF, stands at `at`. */
function isRegional(text: string, at: number): boolean {
  const low = text.charCodeAt(at + 1)
  return text.charCodeAt(at) === 0xd83c && low >= 0xdde6 && low <= 0xddff
}

function outsidePair(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff && at > 0 ? at - 1 : at
}
