/**
 * What a failure of Postgres means: it may heal, a row is at fault, or the sink is. Messages of Postgres quote the data,
 * so only its code and column go on. Source: PostgreSQL, appendix A, error codes.
 */
import { StoreError } from '@attio-stream/sink'

/** Classes whose errors come from the values: data exception, integrity constraint, program limit. */
const OF_THE_DATA = new Set(['22', '23', '54'])
/**
 * Connection, resources, intervention (time-outs and shutdowns too), rollback, object not in the right state, system,
 * internal error, read-only after a failover.
 */
const HEALING = new Set(['08', '25', '40', '53', '55', '57', '58', 'XX'])

const codeOf = (error: unknown): string | undefined => {
  const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : undefined
  // EPIPE has five letters too, but no digit.
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** A sentence when the values are at fault. */
export function faultOfTheData(error: unknown): string | undefined {
  const code = codeOf(error)
  if (code === undefined || !OF_THE_DATA.has(code.slice(0, 2))) return undefined
  const { column, constraint } = error as { column?: string; constraint?: string }
  const where =
    column !== undefined ? `, column ${column}` : constraint !== undefined ? `, constraint ${constraint}` : ''
  return `Postgres refuses the row (SQLSTATE ${code}${where}).`
}

/** What to throw for every other failure. */
export function failureOf(error: unknown, doing: string): Error {
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) return error
  const code = codeOf(error)
  if (code === undefined) {
    const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : 'unknown'
    return new StoreError(`Postgres did not answer while ${doing} (${why}); look at the server and its address.`)
  }
  if (HEALING.has(code.slice(0, 2))) return new StoreError(`Postgres failed while ${doing} (SQLSTATE ${code}).`)
  return new Error(`Postgres refused ${doing} (SQLSTATE ${code}); look at the schema, the role and its rights.`)
}
