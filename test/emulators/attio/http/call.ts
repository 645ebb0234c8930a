/** What a route is, and what it is given: one authorised call in one workspace, with its parameters read safely. */
import { badBody, invalid, notFound, type ValidationIssue } from '../errors.ts'
import type { WireCache } from '../wire/items.ts'
import type { Scene } from '../world/items.ts'
import type { Actor, Token } from '../world/model.ts'
import type { Ordered, View } from '../world/ordered.ts'
import type { Budget } from './limits.ts'

export interface Answer {
  readonly status?: number
  readonly json?: unknown
  /** Ready-made JSON, in order. */
  readonly pieces?: readonly Uint8Array[]
  /** Of a query; charged to the workspace before the answer is given. */
  readonly score?: number
}

export interface Call {
  readonly scene: Scene
  readonly token: Token
  /** Who does what this call does: the token. */
  readonly by: Actor
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: unknown
  readonly cache: WireCache
  /** Things as this call sees them: a query may see a snapshot a little old. */
  see<T extends { readonly id: string; readonly createdAt: number }>(things: Ordered<T>): View<T>
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** In Hono's notation. */
  readonly path: string
  /** In the contract's notation, when it is not the same path with braces. */
  readonly contract?: string
  readonly scopes: readonly string[]
  readonly budgets: readonly Budget[]
  /** Which snapshot the call reads: `query` and `get` lag by different switches. */
  readonly lag?: 'query' | 'get'
  readonly run: (call: Call) => Answer
}

export const templateOf = (route: Route): string =>
  route.contract ?? route.path.replace(/:([a-z_]+)/g, (_, name: string) => `{${name}}`)

/** The `data` object of a write body. */
export function dataOf(call: Call): Record<string, unknown> {
  const body = call.body as { data?: unknown } | null | undefined
  const data = body?.data
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw badBody([required(['data'], 'object', data)])
  return data as Record<string, unknown>
}

export function required(path: (string | number)[], expected: string, found: unknown): ValidationIssue {
  const received =
    found === undefined ? 'undefined' : found === null ? 'null' : Array.isArray(found) ? 'array' : typeof found
  const message = found === undefined ? 'Required' : `Expected ${expected}, received ${received}`
  return { code: 'invalid_type', path, message, expected, received }
}

export function textOf(data: Record<string, unknown>, name: string): string {
  const value = data[name]
  if (typeof value !== 'string') throw badBody([required(['data', name], 'string', value)])
  return value
}

export function optionalText(data: Record<string, unknown>, name: string): string | undefined {
  return data[name] === undefined || data[name] === null ? undefined : textOf(data, name)
}

/** A whole number from the query string; out of range is 400. */
export function wholeParam(
  call: Call,
  name: string,
  fallback: number,
  range: { min?: number; max?: number } = {},
): number {
  const given = call.query.get(name)
  if (given === null) return fallback
  const value = Number(given)
  if (
    given === '' ||
    !Number.isInteger(value) ||
    value < (range.min ?? 0) ||
    value > (range.max ?? Number.MAX_SAFE_INTEGER)
  )
    throw invalid(`Query parameter "${name}" must be a whole number from ${range.min ?? 0} to ${range.max ?? 'any'}.`)
  return value
}

export function flagParam(call: Call, name: string): boolean {
  const given = call.query.get(name)
  if (given === null || given === 'false') return false
  if (given === 'true') return true
  throw invalid(`Query parameter "${name}" must be true or false.`)
}

export function sliceOf<T>(list: readonly T[], offset: number, limit: number): readonly T[] {
  return list.slice(offset, offset + limit)
}

/** A page of what a view holds, in its order, of those that pass the test. */
export function pageOfView<T>(view: View<T>, offset: number, limit: number, test?: (thing: T) => boolean): T[] {
  const page: T[] = []
  let skipped = 0
  for (let i = test ? 0 : offset; i < view.length && page.length < limit; i++) {
    const thing = view.at(i)
    if (test && !test(thing)) continue
    if (test && skipped++ < offset) continue
    page.push(thing)
  }
  return page
}

export function missing(noun: string, id: string): never {
  throw notFound(`Could not find ${noun} with ID "${id}".`)
}
