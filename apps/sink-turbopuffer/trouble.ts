/**
 * What an error of the turbopuffer client means: the data is refused for ever, or it may heal. Sentences only; words of the
 * service are repeated without anything that might be a customer's.
 */
import { StoreError } from '@attio-stream/sink'
import { APIError } from '@turbopuffer/turbopuffer'

/** 400, 413, 422: the same request will be refused again. */
export function isRefusal(error: unknown): error is APIError {
  return error instanceof APIError && (error.status === 400 || error.status === 413 || error.status === 422)
}

export const isNotFound = (error: unknown): boolean => error instanceof APIError && error.status === 404

/** Throws the error as what the port promises: a StoreError when it may heal, itself otherwise. */
export function mayHeal(what: string, error: unknown): StoreError {
  if (!(error instanceof APIError)) throw error
  const { status } = error
  if (error.name === 'APIUserAbortError' || (status === undefined && /aborted/i.test(error.message))) throw error
  const why =
    status === undefined
      ? 'it cannot be reached or did not answer in time; look at TURBOPUFFER_BASE_URL and the network'
      : status === 401 || status === 403
        ? `it refuses the key with status ${status}; look at TURBOPUFFER_API_KEY`
        : status === 429
          ? 'it asks to slow down (429): the namespace takes in more than it indexes'
          : `it answered ${status}: ${wordsOf(error)}`
  const wait = retryAfterMs(error)
  const busy = status === 429 || wait !== undefined
  return new StoreError(`turbopuffer could not ${what}: ${why}.`, { cause: error, retryAfterMs: wait, busy })
}

function retryAfterMs({ headers }: APIError): number | undefined {
  const header = headers?.get('retry-after')
  if (!header) return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

export const refusalReason = (error: APIError): string =>
  `turbopuffer refuses the rows of this document with status ${error.status}: ${wordsOf(error)}`

/** The service's sentence; quoted parts stay only when they look like a name of an attribute or a type. */
export function wordsOf(error: APIError): string {
  const body = error.error as { readonly error?: unknown } | undefined
  const text = typeof body?.error === 'string' ? body.error : error.message
  return text
    .replace(/but got .*$/s, 'but got another')
    .replace(/(['"`])(.*?)\1/gs, (quoted, quote: string, inner: string) =>
      /^(custom_[a-z]+_)?[a-z0-9_[\]:{} ]{1,64}$/.test(inner) && !inner.includes(' ') ? quoted : `${quote}…${quote}`,
    )
    .slice(0, 300)
}
