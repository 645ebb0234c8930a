/**
 * Every attribute type of Attio, read once, here: raw value → libs/crm `Value`. Dispatches on `attribute_type` and falls back
 * on the property names, because Attio's own examples mislabel a few. A type never seen becomes `unknown` with its readable
 * parts, and is counted; an empty value is left out. Runs per value of every record, so it is plain code, not schemas.
 */
import type { Actor, Scalar, Value, ValueKind, Values } from '@attio-stream/crm'
import { toMilliseconds } from './time.ts'

type Raw = Readonly<Record<string, unknown>>
/** `null`: empty. `undefined`: not of this shape. */
type Read = Value | null | undefined
export type OnUnknownType = (type: string) => void

/** `values` or `entry_values` of a payload. Slugs sorted, values in Attio's order, ended values left out. */
export function readValues(raw: Readonly<Record<string, unknown>>, onUnknown?: OnUnknownType): Values {
  const values: Record<string, readonly Value[]> = {}
  for (const slug of Object.keys(raw).sort()) {
    const list = raw[slug]
    if (list === null || list === undefined) continue
    const read: Value[] = []
    for (const item of Array.isArray(list) ? list : [list]) {
      const value = readValue(item, onUnknown)
      if (value !== null) read.push(value)
    }
    if (read.length > 0) values[slug] = read
  }
  return values
}

/** One value; null when there is nothing in it. */
export function readValue(raw: unknown, onUnknown?: OnUnknownType): Value | null {
  if (!isObject(raw)) return bare(raw)
  if (raw.active_until !== null && raw.active_until !== undefined) return null
  const type = typeof raw.attribute_type === 'string' ? raw.attribute_type : ''
  const reader = Object.hasOwn(READERS, type) ? READERS[type as keyof typeof READERS] : undefined
  if (reader !== undefined) {
    const value = reader(raw)
    if (value !== undefined) return value
  }
  if (reader !== undefined || type === '') {
    const guessed = byProperties(raw)
    if (guessed !== undefined) return guessed
  }
  onUnknown?.(type)
  return { kind: 'unknown', type, scalars: scalars(raw) }
}

const READERS: Readonly<Record<Exclude<ValueKind, 'unknown'>, (raw: Raw) => Read>> = {
  text: ({ value }) =>
    typeof value === 'string' ? (value === '' ? null : { kind: 'text', text: value }) : empty(value),
  number: ({ value }) => ofNumber(value, (number) => ({ kind: 'number', number })),
  rating: ({ value }) => ofNumber(value, (stars) => ({ kind: 'rating', stars })),
  checkbox: ({ value }) => (typeof value === 'boolean' ? { kind: 'checkbox', checked: value } : empty(value)),
  currency: ({ currency_value, currency_code }) =>
    ofNumber(currency_value, (amount) => ({ kind: 'currency', amount, code: text(currency_code) })),
  date: ({ value }) => {
    if (typeof value !== 'string') return empty(value)
    return /^\d{4}-\d{2}-\d{2}/.test(value) ? { kind: 'date', date: value.slice(0, 10) } : undefined
  },
  timestamp: ({ value }) => {
    if (typeof value !== 'string') return empty(value)
    const at = toMilliseconds(value)
    return at === null ? undefined : { kind: 'timestamp', at }
  },
  status: ({ status }) => ofTitled(status, 'status_id', (id, title) => ({ kind: 'status', id, title })),
  select: ({ option }) => ofTitled(option, 'option_id', (id, title) => ({ kind: 'select', id, title })),
  'record-reference': ({ target_object, target_record_id }) => {
    const record = text(target_record_id)
    if (record === null) return empty(target_record_id)
    return { kind: 'record-reference', object: text(target_object) ?? '', record }
  },
  'actor-reference': ({ referenced_actor_type, referenced_actor_id }) => {
    const type = text(referenced_actor_type)
    if (type === null) return empty(referenced_actor_type)
    return { kind: 'actor-reference', actor: { type, id: text(referenced_actor_id) } }
  },
  location: (raw) =>
    hasAny(raw, 'line_1', 'locality', 'region', 'postcode', 'country_code') ? location(raw) : undefined,
  domain: (raw) => ofText(raw.domain, (domain) => ({ kind: 'domain', domain })),
  'email-address': (raw) =>
    ofText(raw.email_address ?? raw.original_email_address, (email) => ({ kind: 'email-address', email })),
  'phone-number': (raw) =>
    ofText(raw.phone_number ?? raw.original_phone_number, (phone) => ({ kind: 'phone-number', phone })),
  interaction: (raw) => {
    const at = typeof raw.interacted_at === 'string' ? toMilliseconds(raw.interacted_at) : null
    if (at === null) return empty(raw.interacted_at)
    return { kind: 'interaction', interaction: text(raw.interaction_type) ?? '', at, owner: readActor(raw.owner_actor) }
  },
  'personal-name': (raw) => {
    if (!hasAny(raw, 'full_name', 'first_name', 'last_name')) return undefined
    const first = text(raw.first_name)
    const last = text(raw.last_name)
    const full = text(raw.full_name) ?? [first, last].filter((part) => part !== null).join(' ')
    return full === '' ? null : { kind: 'personal-name', first, last, full }
  },
}

/** Which property gives a type away; the last resort tells `value` by its JavaScript type. */
const TELLTALES: readonly (readonly [property: string, kind: Exclude<ValueKind, 'unknown'>])[] = [
  ['currency_value', 'currency'],
  ['status', 'status'],
  ['option', 'select'],
  ['target_record_id', 'record-reference'],
  ['referenced_actor_type', 'actor-reference'],
  ['email_address', 'email-address'],
  ['original_email_address', 'email-address'],
  ['phone_number', 'phone-number'],
  ['original_phone_number', 'phone-number'],
  ['interaction_type', 'interaction'],
  ['full_name', 'personal-name'],
  ['locality', 'location'],
  ['line_1', 'location'],
  ['domain', 'domain'],
]

function byProperties(raw: Raw): Read {
  for (const [property, kind] of TELLTALES) if (property in raw) return READERS[kind](raw)
  return 'value' in raw && (raw.value === null || typeof raw.value !== 'object') ? bare(raw.value) : undefined
}

function bare(value: unknown): Value | null {
  if (typeof value === 'string' && value !== '') return { kind: 'text', text: value }
  if (typeof value === 'number') return { kind: 'number', number: value }
  if (typeof value === 'boolean') return { kind: 'checkbox', checked: value }
  return null
}

function location(raw: Raw): Value | null {
  const lines: string[] = []
  for (const line of [raw.line_1, raw.line_2, raw.line_3, raw.line_4]) {
    const one = text(line)
    if (one !== null) lines.push(one)
  }
  const place = {
    locality: text(raw.locality),
    region: text(raw.region),
    postcode: text(raw.postcode),
    country: text(raw.country_code),
    latitude: text(raw.latitude),
    longitude: text(raw.longitude),
  }
  const nothing = lines.length === 0 && Object.values(place).every((part) => part === null)
  return nothing ? null : { kind: 'location', lines, ...place }
}

/** An actor object; null when there is none. */
export function readActor(raw: unknown): Actor | null {
  if (!isObject(raw)) return null
  const type = text(raw.type)
  return type === null ? null : { type, id: text(raw.id) }
}

/** Numbers may come as text (one of Attio's examples does). */
function ofNumber(raw: unknown, make: (number: number) => Value): Read {
  const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw
  if (typeof number !== 'number') return empty(raw)
  return Number.isFinite(number) ? make(number) : undefined
}

function ofText(raw: unknown, make: (text: string) => Value): Read {
  const read = text(raw)
  return read === null ? empty(raw) : make(read)
}

/** A status or an option; older answers give the bare title. */
function ofTitled(raw: unknown, key: string, make: (id: string, title: string) => Value): Read {
  if (typeof raw === 'string' && raw !== '') return make(raw, raw)
  if (!isObject(raw)) return empty(raw)
  const title = text(raw.title)
  const id = isObject(raw.id) ? text(raw.id[key]) : text(raw.id)
  return title === null ? undefined : make(id ?? title, title)
}

/** null and '' are empty; anything else was not what the type says. */
function empty(raw: unknown): null | undefined {
  return raw === null || raw === '' ? null : undefined
}

function text(raw: unknown): string | null {
  if (typeof raw === 'string') return raw === '' ? null : raw
  return typeof raw === 'number' ? String(raw) : null
}

function hasAny(raw: Raw, ...names: readonly string[]): boolean {
  return names.some((name) => name in raw)
}

const ENVELOPE = new Set(['active_from', 'active_until', 'created_by_actor', 'attribute_type'])

/** Readable parts by dotted property name, three levels deep; ids say nothing to a reader and are left out. */
function scalars(raw: Raw): Readonly<Record<string, Scalar>> {
  const found: [string, Scalar][] = []
  const visit = (value: unknown, name: string, depth: number): void => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') found.push([name, value])
    else if (typeof value === 'object' && value !== null && depth < 3)
      for (const [key, inner] of Object.entries(value)) {
        if (depth === 0 && ENVELOPE.has(key)) continue
        if (key !== 'id' && !key.endsWith('_id')) visit(inner, name === '' ? key : `${name}.${key}`, depth + 1)
      }
  }
  visit(raw, '', 0)
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isObject(raw: unknown): raw is Raw {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
}
