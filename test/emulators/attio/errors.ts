/**
 * Attio's error answers: one class that carries the exact body (api.md section 6), and a constructor for
 * each kind in use. The world throws them too, so an edit refused over REST and over the control plane reads the same.
 */

export interface ValidationIssue {
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly expected?: string
  readonly received?: string
}

export class ApiError extends Error {
  readonly status: number
  readonly type: string
  readonly code: string
  readonly issues: readonly ValidationIssue[] | undefined

  constructor(status: number, code: string, message: string, issues?: readonly ValidationIssue[]) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.type =
      status === 429
        ? 'rate_limit_error'
        : code === 'unauthorized' || code === 'billing_error'
          ? 'auth_error'
          : 'invalid_request_error'
    this.code = code
    this.issues = issues
  }

  body(): Record<string, unknown> {
    const body: Record<string, unknown> = {
      status_code: this.status,
      type: this.type,
      code: this.code,
      message: this.message,
    }
    if (this.issues) body.validation_errors = this.issues
    return body
  }
}

export const notFound = (message: string) => new ApiError(404, 'not_found', message)
export const invalid = (message: string) => new ApiError(400, 'validation_type', message)
export const valueNotFound = (message: string) => new ApiError(400, 'value_not_found', message)
export const missingValue = (message: string) => new ApiError(400, 'missing_value', message)
export const filterError = (message: string) => new ApiError(400, 'filter_error', message)
export const mergeInProgress = (status: 400 | 404, id: string) =>
  new ApiError(status, 'merge_in_progress', `The record "${id}" is the result of a merge that is still being applied.`)
export const noRecord = (id: string) => notFound(`Could not find record with ID "${id}".`)
export const noObject = (ref: string) => notFound(`Could not find object with slug/ID "${ref}".`)
export const noList = (ref: string) => notFound(`Could not find list with slug/ID "${ref}".`)
export const disabledObject = (ref: string) =>
  new ApiError(
    400,
    'standard_object_disabled',
    `The Standard object with slug/ID "${ref}" must be enabled by a Workspace admin before it can be used.`,
  )
export const rateLimited = () => new ApiError(429, 'rate_limit_exceeded', 'Rate limit exceeded, please try again later')
export const unauthorized = (message: string) => new ApiError(401, 'unauthorized', message)
export const forbidden = (message: string) => new ApiError(403, 'unauthorized', message)

/** Body validation: every issue in one answer, in the form seen on the wire. */
export const badBody = (issues: readonly ValidationIssue[]) =>
  new ApiError(400, 'validation_type', 'Body payload validation error.', issues)
