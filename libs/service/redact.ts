/**
 * Takes secrets and customer text out of what is about to be logged (R14): by the name of a field at any depth, and by the
 * look of a credential inside text. Errors keep type, message, code, stack and cause; whatever else a driver hung on them
 * (bodies, rows, requests) is left out. logger.ts applies it to every line.
 */

export const HIDDEN = '(hidden)'
const DEEPEST = 6
const LONGEST = 50

/** Words that make a field's name one to hide: `webhookSecret`, `x-api-key`, `ATTIO_TOKEN`, `payload`. */
const SECRET_WORDS = new Set([
  ...['token', 'secret', 'authorization', 'password', 'passphrase', 'credential', 'credentials', 'cookie', 'signature'],
  ...['payload', 'body', 'text', 'content', 'apikey', 'bearer'],
])
const SECRET_PAIRS = ['api key', 'access key', 'encryption key', 'encryption keys', 'private key']

export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  return words.some((word) => SECRET_WORDS.has(word)) || SECRET_PAIRS.some((pair) => words.join(' ').includes(pair))
}

/** Credentials inside text: `scheme://user:password@host`, `Bearer …`, `token=…`. */
export function redactText(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'\\]*:[^\s/"'\\]*@/gi, `$1${HIDDEN}@`)
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/g, `$1 ${HIDDEN}`)
    .replace(/([?&](?:access_token|token|api_key|client_secret|secret|code)=)[^&\s"'\\]+/gi, `$1${HIDDEN}`)
}

/** A copy fit for logs. Numbers and booleans stay whatever their name: `{ tokens: 12 }` says nothing secret. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) return '(deeper)'
  if (value instanceof Error) return redactError(value, depth)
  if (value instanceof Date) return value
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`
  if (Array.isArray(value)) return redactItems(value, depth)
  if (value instanceof Set) return redactItems([...value], depth)
  const entries: [string, unknown][] =
    value instanceof Map ? [...value].map(([key, item]) => [String(key), item]) : Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [key, redactField(key, item, depth)]))
}

function redactField(name: string, value: unknown, depth: number): unknown {
  const harmless = typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined
  return !harmless && isSecretName(name) ? HIDDEN : redact(value, depth + 1)
}

function redactItems(items: readonly unknown[], depth: number): readonly unknown[] {
  const shown = items.slice(0, LONGEST).map((item) => redact(item, depth + 1))
  return items.length > LONGEST ? [...shown, `(${items.length - LONGEST} more)`] : shown
}

function redactError(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown }
  const errors = error instanceof AggregateError ? { errors: redactItems(error.errors, depth + 1) } : {}
  return {
    type: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: redactText(error.stack ?? ''),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
    ...errors,
  }
}
