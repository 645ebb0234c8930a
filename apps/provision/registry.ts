/** The four calls to a Confluent-compatible schema registry that provisioning needs. */

export interface Registry {
  /** Resolves when it answers. */
  ping(): Promise<void>
  level(subject: string): Promise<string | undefined>
  setLevel(subject: string, level: string): Promise<void>
  /** The schemas of all versions, oldest first; none for a subject it does not have. */
  versions(subject: string): Promise<readonly unknown[]>
  /** Is exactly this schema a version of the subject? */
  has(subject: string, schema: string): Promise<boolean>
  /** The schema's id, or why the registry refuses it as incompatible. */
  register(subject: string, schema: string): Promise<{ readonly id: number } | { readonly refused: string }>
}

/** It failed, or what it said makes no sense; `status` 0 = no answer. */
export class RegistryError extends Error {
  readonly status: number
  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RegistryError'
    this.status = status
  }
}

interface Answer {
  readonly status: number
  readonly json: unknown
}

const TYPE = 'application/vnd.schemaregistry.v1+json'
const TIMEOUT = 10_000

export function connectRegistry(url: string): Registry {
  const base = url.replace(/\/+$/, '')
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { accept: `${TYPE}, application/json`, ...(body === undefined ? {} : { 'content-type': TYPE }) },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT),
      })
      const text = await response.text()
      return { status: response.status, json: text === '' ? null : (JSON.parse(text) as unknown) }
    } catch (cause) {
      throw new RegistryError(`The schema registry did not answer ${method} ${path}.`, 0, { cause })
    }
  }
  const wanted = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { status, json } = await call(method, path, body)
    if (status < 300) return json
    throw new RegistryError(`The schema registry answered ${status} to ${method} ${path}: ${messageOf(json)}`, status)
  }
  const at = (subject: string) => `/subjects/${encodeURIComponent(subject)}`

  return {
    ping: async () => void (await wanted('GET', '/subjects')),
    level: async (subject) => {
      const { status, json } = await call('GET', `/config/${encodeURIComponent(subject)}`)
      if (status === 404) return undefined
      if (status >= 300)
        throw new RegistryError(`The schema registry answered ${status} about ${subject}: ${messageOf(json)}`, status)
      return text(json, 'compatibilityLevel') ?? text(json, 'compatibility')
    },
    setLevel: async (subject, level) =>
      void (await wanted('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility: level })),
    versions: async (subject) => {
      const { status, json } = await call('GET', `${at(subject)}/versions`)
      if (status === 404 || !Array.isArray(json)) return []
      const found = json.map((version) => wanted('GET', `${at(subject)}/versions/${String(version)}`))
      return (await Promise.all(found)).map((one) => JSON.parse(text(one, 'schema') ?? 'null') as unknown)
    },
    has: async (subject, schema) => (await call('POST', at(subject), { schema })).status === 200,
    register: async (subject, schema) => {
      const { status, json } = await call('POST', `${at(subject)}/versions`, { schema })
      if (status === 409) return { refused: messageOf(json) }
      const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : undefined
      if (status < 300 && typeof id === 'number') return { id }
      throw new RegistryError(`The schema registry answered ${status} about ${subject}: ${messageOf(json)}`, status)
    },
  }
}

function text(json: unknown, name: string): string | undefined {
  const value = typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' ? value : undefined
}

function messageOf(json: unknown): string {
  return text(json, 'message') ?? text(json, 'detail') ?? text(json, 'title') ?? 'no reason given'
}
