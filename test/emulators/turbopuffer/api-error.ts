/**
 * What the service answers when it refuses: a status and a JSON body `{"status":"error","error":"…"}`, or plain text where
 * the real service answers plain text (namespace names in the URL). Wording that was seen from the real service is kept
 * word for word, emoji included; README.md says which is assumed.
 */
export class ApiError extends Error {
  readonly status: number
  readonly fields: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly plain: boolean

  constructor(
    status: number,
    message: string,
    options: {
      readonly fields?: Readonly<Record<string, string>>
      readonly headers?: Readonly<Record<string, string>>
      readonly plain?: boolean
    } = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.fields = options.fields ?? {}
    this.headers = options.headers ?? {}
    this.plain = options.plain ?? false
  }
}

/** 400: understood, and refused. */
export const refused = (message: string): ApiError => new ApiError(400, `💔 ${message}`)

/** 422: the JSON has not the shape the endpoint reads. */
export const malformed = (path: string, problem: string): ApiError =>
  new ApiError(422, `Failed to deserialize the JSON body into the target type: ${path}: ${problem}`)

export const namespaceNotFound = (name: string): ApiError => new ApiError(404, `🤷 namespace '${name}' was not found`)

export const filterError = (key: string, problem: string): ApiError =>
  new ApiError(400, `filter error in key \`${key}\`: ${problem}`)
