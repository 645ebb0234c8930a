/**
 * Attio's OpenAPI description → contract.json: the schemas of the emulated routes without prose, repeated parts once.
 * Usage: node test/emulators/attio/contract/reduce.ts openapi.json. What is changed on the way is in deviations.ts.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { templateOf } from '../http/call.ts'
import { routes } from '../routes/index.ts'
import { amend } from './deviations.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Schema = { [key: string]: Json }

const PROSE = new Set([
  'description',
  'example',
  'examples',
  'title',
  'summary',
  'externalDocs',
  'deprecated',
  'default',
])

/** Drops prose, and says `nullable` the way JSON Schema does. Keys of `properties` are names, never prose. */
function strip(value: Json, names = false): Json {
  if (Array.isArray(value)) return value.map((each) => strip(each))
  if (typeof value !== 'object' || value === null) return value
  const out: Schema = {}
  for (const [key, inner] of Object.entries(value))
    if (names || !PROSE.has(key))
      out[key] = key === 'enum' || key === 'required' ? inner : strip(inner, key === 'properties')
  if (names) return out
  if (out.nullable === true && typeof out.type === 'string') out.type = [out.type, 'null']
  delete out.nullable
  return amend(out) as Schema
}

function relocate(value: Json): Json {
  if (Array.isArray(value)) return value.map(relocate)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]): [string, Json] => [
    key,
    key === '$ref' && typeof inner === 'string' ? inner.replace('#/components/schemas/', '#/$defs/') : relocate(inner),
  ])
  return Object.fromEntries(entries)
}

/** Moves every object that occurs more than once, and is worth it, into $defs. */
function share(root: Schema, defs: Schema): Schema {
  const seen = new Map<string, number>()
  const count = (value: Json): void => {
    if (Array.isArray(value)) {
      value.forEach(count)
      return
    }
    if (typeof value !== 'object' || value === null) return
    const text = JSON.stringify(value)
    const times = (seen.get(text) ?? 0) + 1
    seen.set(text, times)
    if (times === 1) Object.values(value).forEach(count)
  }
  count(root)
  count(defs)
  const names = new Map<string, string>()
  const replace = (value: Json, schema: boolean): Json => {
    if (Array.isArray(value)) return value.map((each) => replace(each, schema))
    if (typeof value !== 'object' || value === null) return value
    const text = JSON.stringify(value)
    const inner = () =>
      Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, replace(each, key !== 'properties')]),
      ) as Schema
    if (
      !schema ||
      !('type' in value || 'anyOf' in value || 'oneOf' in value) ||
      text.length < 120 ||
      (seen.get(text) ?? 0) < 2
    )
      return inner()
    let name = names.get(text)
    if (name === undefined) {
      name = `part-${names.size + 1}`
      names.set(text, name)
      defs[name] = inner()
    }
    return { $ref: `#/$defs/${name}` }
  }
  const own = Object.keys(defs)
  const result = replace(root, false) as Schema
  for (const name of own) {
    const kept = defs[name] as Schema
    defs[name] = Object.fromEntries(
      Object.entries(kept).map(([key, each]) => [key, replace(each, key !== 'properties')]),
    )
  }
  return result
}

export function reduce(openapi: Schema): Schema {
  const info = openapi.info as Schema
  const paths = openapi.paths as Record<string, Record<string, Schema>>
  const wanted = new Set(['GET /v2/self', ...routes.map((route) => `${route.method} ${templateOf(route)}`)])
  const found: Schema = {}
  const content = (holder: Json | undefined): Json | undefined =>
    (holder as { content?: Record<string, { schema?: Json }> })?.content?.['application/json']?.schema
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const key = `${method.toUpperCase()} ${path}`
      if (!wanted.has(key)) continue
      const request = content(operation.requestBody)
      const responses: Schema = {}
      for (const [status, response] of Object.entries(operation.responses as Schema))
        responses[status] = relocate(strip(content(response) ?? {}))
      found[key] = { ...(request === undefined ? {} : { request: relocate(strip(request)) }), responses }
    }
  const schemas = (openapi.components as { schemas: Schema }).schemas
  const defs = relocate(strip(schemas, true)) as Schema
  const shared = share(found, defs)
  return { $id: 'attio', source: `${info.title} ${info.version}, OpenAPI of 2026-03-02`, routes: shared, $defs: defs }
}

if (import.meta.main) {
  const from = process.argv[2]
  if (from === undefined) throw new RangeError('Give the path of an openapi.json.')
  const contract = JSON.stringify(reduce(JSON.parse(await readFile(from, 'utf8')) as Schema))
  await writeFile(new URL('contract.json', import.meta.url), `${contract}\n`)
  console.log(`contract.json: ${Math.round(contract.length / 1024)} KB`)
}
