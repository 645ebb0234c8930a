/** Names of people and places: the two types made of several strings. */
import { invalid } from '../errors.ts'
import type { Attribute, Fields, Location } from './model.ts'

const PLACE: readonly (keyof Location)[] = [
  'line_1',
  'line_2',
  'line_3',
  'line_4',
  'locality',
  'region',
  'postcode',
  'country_code',
  'latitude',
  'longitude',
]

export function location(attribute: Attribute, raw: unknown): Fields {
  if (typeof raw === 'string') return { attribute_type: 'location', ...place({ line_1: raw }) }
  if (typeof raw !== 'object' || raw === null)
    throw invalid(`Invalid value was passed to attribute with slug "${attribute.slug}": expected a location.`)
  return { attribute_type: 'location', ...place(raw as Partial<Record<keyof Location, unknown>>) }
}

export function place(given: Partial<Record<keyof Location, unknown>>): Location {
  const parts = PLACE.map((key) => [key, given[key] == null ? null : String(given[key])])
  return Object.fromEntries(parts) as Location
}

/** `"Last, First"`, or an object with all three parts; a full name alone is split at its last space. */
export function personalName(attribute: Attribute, raw: unknown): Fields {
  if (typeof raw === 'string') {
    const [last = '', first = ''] = raw.includes(',') ? raw.split(',').map((part) => part.trim()) : splitFull(raw)
    return name(first, last)
  }
  const given = (raw ?? {}) as { first_name?: unknown; last_name?: unknown; full_name?: unknown }
  if (typeof given.first_name === 'string' && typeof given.last_name === 'string')
    return name(given.first_name, given.last_name, typeof given.full_name === 'string' ? given.full_name : undefined)
  throw invalid(
    `Invalid value was passed to attribute with slug "${attribute.slug}": expected first_name, last_name and full_name.`,
  )
}

function splitFull(full: string): [string, string] {
  const space = full.lastIndexOf(' ')
  return space < 0 ? ['', full] : [full.slice(space + 1), full.slice(0, space)]
}

function name(first: string, last: string, full?: string): Fields {
  return {
    attribute_type: 'personal-name',
    first_name: first,
    last_name: last,
    full_name: full ?? `${first} ${last}`.trim(),
  }
}
