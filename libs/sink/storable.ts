/**
 * JSON that every store can keep: NUL and halves of surrogate pairs, which Postgres refuses and others mangle, become
 * U+FFFD. Everything else stays as it is.
 */

/** How JSON.stringify writes NUL and lone surrogates. */
const SUSPECT = /\\u0000|\\ud[89a-f]/

export function storableJson(value: unknown): string {
  const json = JSON.stringify(value)
  return SUSPECT.test(json) ? JSON.stringify(storable(value)) : json
}

export function storable<T>(value: T): T {
  return clean(value) as T
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD').toWellFormed()
  if (Array.isArray(value)) return value.map(clean)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [clean(key), clean(part)]))
}
