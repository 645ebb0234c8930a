/** Attio's times: ISO 8601 UTC with nine fractional digits of which three carry information. Ours: the same with three. */

/** `…895000000Z` → `…895Z`; any other ISO time → UTC with milliseconds; null when it is no time. */
export function toMilliseconds(text: string): string | null {
  if (text.length === 30 && text.charCodeAt(19) === 46 && text.charCodeAt(29) === 90) return `${text.slice(0, 23)}Z`
  if (text.length === 24 && text.charCodeAt(23) === 90) return text
  const time = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'))
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}
