/**
 * How long Attio asks us to wait after a 429. Attio docs: rate limiting — `Retry-After` is an HTTP-date, normally the next
 * whole second; seconds and ISO 8601 are read too, since other gateways use them.
 */

const FLOOR = 500
const CEILING = 60_000

export interface RetryAfterInput {
  /** The `Retry-After` header. */
  readonly header: string | null
  /** The `Date` header of the same answer. */
  readonly date: string | null
  /** Attio's time when the answer arrived, ms; used when the answer has no `Date`. */
  readonly now: number
}

/**
 * ms to wait from the arrival of the answer, 500 to 60,000. The date is compared with the `Date` of the same answer: that is
 * truncated to the second, so the wait is up to a second too long and never too short, whatever the clocks say.
 */
export function parseRetryAfter({ header, date, now }: RetryAfterInput): number {
  const text = header?.trim() ?? ''
  return Math.min(CEILING, Math.max(FLOOR, wait(text, date, now)))
}

function wait(text: string, date: string | null, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const until = Date.parse(text)
  if (Number.isNaN(until)) return FLOOR * 2
  const base = date === null ? Number.NaN : Date.parse(date)
  return until - (Number.isNaN(base) ? now : base)
}
