/** Which operation a request asks for: the method and path of turbopuffer's API, with the namespace's name checked. */
import { ApiError } from './api-error.ts'
import type { Operation } from './faults.ts'

export interface Route {
  readonly operation: Operation
  readonly namespace: string | undefined
}

const ROUTES: readonly (readonly [method: string, path: RegExp, operation: Operation])[] = [
  ['GET', /^\/v[12]\/namespaces$/, 'list_namespaces'],
  ['POST', /^\/v2\/namespaces\/([^/]*)$/, 'write'],
  ['DELETE', /^\/v[12]\/namespaces\/([^/]*)$/, 'delete_namespace'],
  ['POST', /^\/v2\/namespaces\/([^/]*)\/query$/, 'query'],
  ['GET', /^\/v[12]\/namespaces\/([^/]*)\/metadata$/, 'metadata'],
  ['GET', /^\/v1\/namespaces\/([^/]*)\/schema$/, 'schema'],
  ['POST', /^\/v1\/namespaces\/([^/]*)\/schema$/, 'update_schema'],
  ['GET', /^\/v1\/namespaces\/([^/]*)\/hint_cache_warm$/, 'warm'],
]

export function routeOf(method: string, path: string): Route {
  let known = false
  for (const [expected, pattern, operation] of ROUTES) {
    const match = pattern.exec(path)
    if (!match) continue
    known = true
    if (method === expected) return { operation, namespace: match[1] === undefined ? undefined : checked(match[1]) }
  }
  if (known) throw new ApiError(405, `method ${method} is not allowed here`)
  throw new ApiError(404, `no endpoint at ${method} ${path} in this emulator`)
}

function checked(encoded: string): string {
  let name: string
  try {
    name = decodeURIComponent(encoded)
  } catch {
    name = encoded
  }
  if (name.length > 128) {
    throw new ApiError(400, `Invalid URL: Namespace \`${name}\` is too long, limit is currently 128 characters`, {
      plain: true,
    })
  }
  if (!/^[A-Za-z0-9\-_.]+$/.test(name)) {
    throw new ApiError(400, 'Invalid URL: Namespace contains invalid characters, must be [A-Za-z0-9-_.]', {
      plain: true,
    })
  }
  return name
}
