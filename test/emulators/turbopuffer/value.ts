/**
 * Values as they are stored: one reader per attribute type, which returns the stored form or undefined when the value is
 * not of that type. UUIDs are canonical text, datetimes milliseconds, vectors Float32Array. Errors are the caller's job.
 */
export type Scalar = string | number | boolean
export type Value = Scalar | readonly Scalar[] | Float32Array | null
export type Id = string | number

export type ScalarKind = 'string' | 'int' | 'uint' | 'float' | 'uuid' | 'datetime' | 'bool'
export interface ScalarType {
  readonly kind: ScalarKind
  readonly array: boolean
}
export type AttributeType =
  | ScalarType
  | { readonly kind: 'vector'; readonly dims: number; readonly precision: 'f32' | 'f16' }

const SCALARS: ReadonlySet<string> = new Set(['string', 'int', 'uint', 'float', 'uuid', 'datetime', 'bool'])

export function parseType(text: string): AttributeType | undefined {
  const array = text.startsWith('[]')
  const scalar = array ? text.slice(2) : text
  if (SCALARS.has(scalar)) return { kind: scalar as ScalarKind, array }
  const vector = /^\[(\d+)\](f32|f16)$/.exec(text)
  if (vector) return { kind: 'vector', dims: Number(vector[1]), precision: vector[2] as 'f32' | 'f16' }
  return undefined
}

export function typeName(type: AttributeType): string {
  return type.kind === 'vector' ? `[${type.dims}]${type.precision}` : `${type.array ? '[]' : ''}${type.kind}`
}

const UUID = /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i
const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export function readUuid(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (CANONICAL.test(value)) return value
  const parts = UUID.exec(value)
  return parts ? parts.slice(1).join('-').toLowerCase() : undefined
}

/** ISO 8601: a date, an optional time, an optional zone; without a zone it is UTC. */
const DATETIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i
export function readDatetime(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  const match = DATETIME.exec(value)
  if (!match) return undefined
  const zoned = value.length === 10 || match[1] ? value : `${value}Z`
  const ms = Date.parse(zoned.replace(' ', 'T'))
  return Number.isNaN(ms) ? undefined : ms
}

export function readScalar(kind: ScalarKind, value: unknown): Scalar | undefined {
  switch (kind) {
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'int':
      return typeof value === 'number' && Number.isInteger(value) ? value : undefined
    case 'uint':
      return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
    case 'float':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    case 'uuid':
      return readUuid(value)
    case 'datetime':
      return readDatetime(value)
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
  }
}

const halfRound = (Math as unknown as { f16round(value: number): number }).f16round

export function readVector(value: unknown, dims?: number, precision: 'f32' | 'f16' = 'f32'): Float32Array | undefined {
  let vector: Float32Array
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'base64')
    if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined
    vector = new Float32Array(new Uint8Array(bytes).buffer)
  } else if (Array.isArray(value) && value.length > 0) {
    vector = new Float32Array(value.length)
    for (let i = 0; i < value.length; i++) {
      const element: unknown = value[i]
      if (typeof element !== 'number') return undefined
      vector[i] = element
    }
  } else return undefined
  if (dims !== undefined && vector.length !== dims) return undefined
  if (!vector.every(Number.isFinite)) return undefined
  return precision === 'f16' ? vector.map(halfRound) : vector
}

export function readValue(type: AttributeType, value: unknown): Value | undefined {
  if (value === null || value === undefined) return null
  if (type.kind === 'vector') return readVector(value, type.dims, type.precision)
  if (!type.array) return readScalar(type.kind, value)
  if (!Array.isArray(value)) return undefined
  const elements: Scalar[] = []
  for (const element of value) {
    const read = readScalar(type.kind, element)
    if (read === undefined) return undefined
    elements.push(read)
  }
  return elements
}

/** The type of an attribute seen for the first time; undefined when nothing can be said (null, empty array). */
export function inferType(name: string, value: unknown): AttributeType | undefined {
  if (name === 'vector') {
    const vector = readVector(value)
    return vector && { kind: 'vector', dims: vector.length, precision: 'f32' }
  }
  if (Array.isArray(value)) {
    const kinds = new Set(value.map(inferScalar))
    const kind = kinds.size === 2 && kinds.has('int') && kinds.has('float') ? 'float' : [...kinds][0]
    return kind && { kind, array: true }
  }
  const kind = inferScalar(value)
  return kind && { kind, array: false }
}

function inferScalar(value: unknown): ScalarKind | undefined {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return undefined
}

/** The form a value has in answers. */
export function showValue(type: AttributeType, value: Value, encoding: 'float' | 'base64'): unknown {
  if (value === null) return null
  if (value instanceof Float32Array) {
    return encoding === 'float'
      ? Array.from(value)
      : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  }
  if (type.kind !== 'datetime') return value
  const show = (ms: unknown) => new Date(ms as number).toISOString()
  return Array.isArray(value) ? value.map(show) : show(value)
}

/** Order of two non-null scalars of one type: numbers by value, text by its UTF-8 bytes, false before true. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates sort after the rest of the plane in UTF-8, before it in UTF-16.
    const xs = x >= 0xd800 && x <= 0xdfff
    const ys = y >= 0xd800 && y <= 0xdfff
    return xs === ys ? (x < y ? -1 : 1) : xs ? 1 : -1
  }
  return a.length - b.length
}

/** Null sorts before everything. */
export function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  return compareScalars(a as Scalar, b as Scalar)
}

export function valueBytes(value: Value): number {
  if (value === null) return 0
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return 8
  if (typeof value === 'boolean') return 1
  if (value instanceof Float32Array) return value.byteLength
  return value.reduce((sum: number, element) => sum + valueBytes(element), 0)
}

/** The largest single value, for the limit on filterable values: elements count one by one. */
export function largestElementBytes(value: Value): number {
  if (Array.isArray(value)) return value.reduce((most: number, element) => Math.max(most, valueBytes(element)), 0)
  return valueBytes(value)
}
