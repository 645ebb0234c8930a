/**
 * What an answer of OpenSearch means: superseded, may heal, refused for ever, or the sink is wrong. Reasons of OpenSearch
 * quote the value ("Preview of field's value"), so only the error's type and the field's name go on.
 */
import { StoreError } from '@attio-stream/sink'
import { errors } from '@opensearch-project/opensearch'

export interface ItemError {
  readonly type?: string
  readonly reason?: string
  readonly caused_by?: ItemError
}

export type Verdict =
  | { readonly kind: 'superseded' | 'may heal' | 'no room in the mapping' | 'gone' }
  | { readonly kind: 'refused'; readonly reason: string }

export function verdictOn(status: number, error: ItemError): Verdict {
  if (status === 409) return { kind: 'superseded' }
  if (status === 404) return { kind: 'gone' }
  // A block (disk full, read-only) says 403; it is lifted some day.
  if (status === 429 || status >= 500 || error.type === 'cluster_block_exception' || status === 403)
    return { kind: 'may heal' }
  if (/total fields/.test(`${error.reason} ${error.caused_by?.reason}`)) return { kind: 'no room in the mapping' }
  const field = /field \[([\w.$ -]{1,100})\]/.exec(error.reason ?? '')?.[1]
  const where = field === undefined ? '' : ` in the field ${field}`
  return { kind: 'refused', reason: `OpenSearch refuses the document: ${error.type ?? status}${where}.` }
}

/** No answer, or none that OpenSearch itself gave. */
const UNREACHED = [
  errors.ConnectionError,
  errors.TimeoutError,
  errors.NoLivingConnectionsError,
  errors.RequestAbortedError,
  errors.DeserializationError,
]

/** What to throw for a request that failed as a whole. */
export function failureOf(error: unknown, doing: string): Error {
  if (error instanceof errors.ResponseError) {
    const status = error.statusCode ?? 0
    const type = (error.body as { error?: ItemError } | undefined)?.error?.type ?? 'no type'
    const sentence = `OpenSearch answered ${status} (${type}) while ${doing}`
    if (status === 429 || status === 408 || status >= 500 || type === 'cluster_block_exception')
      return new StoreError(`${sentence}.`, { retryAfterMs: retryAfter(error.headers), busy: status === 429 })
    return new Error(`${sentence}; look at the address, the rights of the user and the index.`)
  }
  if (UNREACHED.some((kind) => error instanceof kind))
    return new StoreError(
      `OpenSearch did not answer while ${doing} (${(error as Error).name}); look at the server and its address.`,
    )
  return error instanceof Error ? error : new Error(String(error))
}

function retryAfter(headers: Record<string, unknown> | null | undefined): number | undefined {
  const seconds = Number(headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}
