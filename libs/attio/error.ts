/**
 * What can go wrong between us and Attio, as one closed set of kinds (Attio docs: errors). Messages name the route and the
 * status; they never hold a token, a body or a query. Which kinds are tried again is client.ts's decision.
 */

export type AttioErrorKind =
  /** 401: the token is unknown, revoked or malformed. Stop the workspace. */
  | 'unauthorized'
  /** 403: a scope or the plan is missing. Disable the stream. */
  | 'forbidden'
  /** 404 in Attio's own JSON, on a known route. A deletion only if something nominated it and the object resolves. */
  | 'not-found'
  /** 404 or 400: the record exists but cannot be read yet. Never a deletion. */
  | 'merge-in-progress'
  /** 400: a standard object no admin has enabled. Skip it. */
  | 'object-disabled'
  /** 429, for longer than the client was willing to wait. */
  | 'rate-limited'
  /** 429 every time, while other calls pass: the query itself is over Attio's score limit. Waiting does not help. */
  | 'query-too-expensive'
  /** 400: a filter or sort names an attribute that is gone. Refresh the schema, try once more. */
  | 'filter'
  /** Any other 4xx, and unknown routes: a bug of ours or a setting. Not tried again. */
  | 'invalid'
  /** 5xx, network, HTML from a proxy, a time-out, half an answer. Tried again. */
  | 'unavailable'

export interface AttioErrorDetails {
  readonly route: string
  readonly status?: number
  /** Attio's `code`, when it sent one. */
  readonly code?: string
  /** ms to wait, measured from the arrival of the answer. */
  readonly retryAfter?: number
  /** When the refused attempt was SENT, ms, in Attio's clock: the fence of a confirmed deletion. */
  readonly fence?: number
  /** Attio's execution id, for their support. */
  readonly execution?: string
  readonly cause?: unknown
}

const ADVICE: Readonly<Record<AttioErrorKind, string>> = {
  unauthorized: 'the token was refused: connect the workspace again',
  forbidden: 'a scope or the plan is missing: compare the scopes of the token with those the connector needs',
  'not-found': 'there is no such thing, or the token cannot see it',
  'merge-in-progress': 'the record is being merged and cannot be read yet',
  'object-disabled': 'the standard object is not enabled in this workspace',
  'rate-limited':
    'Attio asked us to wait longer than the caller could: look at the budget and at other apps of the workspace',
  'query-too-expensive': "the query alone is over Attio's score limit: ask for less at once",
  filter: 'a filter or sort names an attribute Attio does not know: the schema has changed',
  invalid: 'Attio refused the request as wrong: this is a bug or a wrong base URL',
  unavailable: 'Attio gave no usable answer',
}

export class AttioError extends Error {
  readonly kind: AttioErrorKind
  readonly route: string
  readonly status: number | null
  readonly code: string | null
  readonly retryAfter: number | null
  readonly fence: number | null
  readonly execution: string | null

  constructor(kind: AttioErrorKind, details: AttioErrorDetails) {
    const answer = details.status === undefined ? '' : ` answered ${details.status}${label(details.code)}`
    super(`Attio ${details.route}${answer}: ${ADVICE[kind]}.`, { cause: details.cause })
    this.name = 'AttioError'
    this.kind = kind
    this.route = details.route
    this.status = details.status ?? null
    this.code = details.code ?? null
    this.retryAfter = details.retryAfter ?? null
    this.fence = details.fence ?? null
    this.execution = details.execution ?? null
  }
}

/** Is it an AttioError, of one of these kinds (any, when none is named)? */
export function isAttioError(error: unknown, ...kinds: readonly AttioErrorKind[]): error is AttioError {
  return error instanceof AttioError && (kinds.length === 0 || kinds.includes(error.kind))
}

/**
 * The kind of an answer that is not a success. `body` is the parsed JSON, undefined when it was not JSON.
 * A 4xx without Attio's JSON comes from something in between (Cloudflare, a proxy) and says nothing about the thing asked
 * for: taking such a 404 for a deletion would lose a record.
 */
export function kindOf(status: number, body: unknown): AttioErrorKind {
  if (status >= 500 || status < 400) return 'unavailable'
  if (status === 429) return 'rate-limited'
  const code = codeOf(body)
  if (code === undefined) return 'unavailable'
  if (code === 'merge_in_progress') return 'merge-in-progress'
  if (code === 'standard_object_disabled') return 'object-disabled'
  if (code === 'filter_error') return 'filter'
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404) return isUnknownRoute(body) ? 'invalid' : 'not-found'
  if (status === 408 || status === 425) return 'unavailable'
  return 'invalid'
}

/** Attio's `code`, when the body is one of its error bodies and the code looks like one (never free text). */
export function codeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const code = (body as { code?: unknown }).code
  return typeof code === 'string' && /^[a-z_]{1,60}$/.test(code) ? code : undefined
}

/** Attio's words for a path it does not have; a 404 like this means a wrong URL, not a missing thing. */
function isUnknownRoute(body: unknown): boolean {
  const message = (body as { message?: unknown }).message
  return typeof message === 'string' && message.startsWith('Could not find endpoint')
}

function label(code: string | undefined): string {
  return code === undefined ? '' : ` (${code})`
}
