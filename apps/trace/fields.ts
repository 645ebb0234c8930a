/** What differs between two bodies, by field: attributes of a record by slug, everything else by its name. Pure. */
import { canonical } from '@attio-stream/crm'

/** `before`, `after`: canonical JSON, null where there is none. Customer text; shown only when asked for. */
export interface FieldChange {
  readonly field: string
  readonly before: string | null
  readonly after: string | null
}

export function changedFields(before: string | null, after: string | null): readonly FieldChange[] {
  const [a, b] = [fieldsOf(before), fieldsOf(after)]
  return [...new Set([...a.keys(), ...b.keys()])].sort().flatMap((field) => {
    const [left, right] = [a.get(field) ?? null, b.get(field) ?? null]
    return left === right ? [] : [{ field, before: left, after: right }]
  })
}

/** Attributes stand in `values` (records, entries) or in `attributes` (artifacts); lists and activity by the ids in them. */
function fieldsOf(body: string | null): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  if (body === null) return fields
  for (const [name, value] of Object.entries(JSON.parse(body) as Readonly<Record<string, unknown>>)) {
    if (name === 'values' && isObject(value))
      for (const [slug, one] of Object.entries(value)) fields.set(slug, canonical(one))
    else if (name === 'attributes' && Array.isArray(value))
      for (const one of value) fields.set(String(one.slug), canonical(one.values))
    else if (name === 'lists' && Array.isArray(value))
      for (const one of value) fields.set(`entry ${one.entry}`, canonical(one))
    else if (name === 'activity' && Array.isArray(value))
      for (const one of value) fields.set(`${one.kind} ${one.id}`, canonical(one))
    else if (value !== null && value !== undefined) fields.set(name, canonical(value))
  }
  return fields
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
