/**
 * Content hashes: the same content has the same hash on every machine and in every run. Key order never counts.
 */
import { hash } from 'node:crypto'

/** SHA-256 of the UTF-8 text, hex. */
export function contentHash(text: string): string {
  return hash('sha256', text, 'hex')
}

/** JSON with sorted keys; undefined members are left out, as in JSON.stringify. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const object = value as Readonly<Record<string, unknown>>
    const members: string[] = []
    for (const key of Object.keys(object).sort()) {
      if (object[key] !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(object[key])}`)
    }
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
