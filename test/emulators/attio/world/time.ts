/** Attio's way of writing instants: ISO 8601 in UTC with nine fractional digits, three of which mean something. */

export function instant(ms: number): string {
  if (ms !== lastMs) {
    lastText = `${new Date(ms).toISOString().slice(0, -1)}000000Z`
    lastMs = ms
  }
  return lastText
}

/** The values of one record mostly share their instant. */
let lastMs = Number.NaN
let lastText = ''

/** Milliseconds, or undefined when the text is not a date with a time. */
export function readInstant(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) return undefined
  const ms = Date.parse(text.replace(' ', 'T').replace(/(\.\d{3})\d+/, '$1'))
  return Number.isNaN(ms) ? undefined : ms
}

/** `Tue, 23 May 2023 14:42:01 GMT`, as in Date and Retry-After. */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString()
}
