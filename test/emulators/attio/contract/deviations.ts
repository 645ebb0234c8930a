/**
 * Where the emulator answers otherwise than the published description of 2026-03-02, each with its reason: the live
 * API has moved on, or the description contradicts itself or observed answers. Nothing else is excused.
 */

export interface Deviation {
  readonly what: string
  readonly why: string
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    what: 'Enums of a type that may be null also allow null (country_code, currency_code, access levels).',
    why: 'The description says type [string, null] but leaves null out of the enum; observed answers hold null.',
  },
  {
    what: 'A timestamp value is a date with a time.',
    why: 'The description gives it the format "date", and in its own words nanosecond precision and a time zone.',
  },
  { what: 'Currency codes FJD, IDR and TRY.', why: 'Added to the API since.' },
  { what: 'Webhook event types activity*.', why: 'Added to the API in autumn 2026.' },
  {
    what: 'A webhook target URL may be http on a loopback host.',
    why: 'An emulator cannot deliver to https://localhost.',
  },
  {
    what: 'Error answers with statuses and codes the route does not list.',
    why: 'The description lists one or two codes per route and no 401, 403, 429; the codes known are in KNOWN_CODES.',
  },
  {
    what: 'POST /v2/comments answers status_code, not statusCode.',
    why: 'Every other route and every trace has status_code.',
  },
  {
    what: 'PATCH /v2/notes/{note_id}, POST /v2/objects/records/merge and PUT …/values are not in the description.',
    why: 'Added to the API since (merge and history rewrite 2026, note edits 2026-08-25).',
  },
  {
    what: 'GET /v2/self may answer 400 without a usable token.',
    why: 'Observed; the description has only 200.',
  },
  {
    what: 'An attribute type the description does not know, when a test made one.',
    why: 'Forward compatibility is tested.',
  },
]

/** Routes that are newer than the description. */
export const BEYOND: ReadonlySet<string> = new Set([
  'PATCH /v2/notes/{note_id}',
  'POST /v2/objects/records/merge',
  'PUT /v2/objects/{object}/records/{record_id}/attributes/{attribute}/values',
  'PUT /v2/lists/{list}/entries/{entry_id}/attributes/{attribute}/values',
  'unknown',
])

/** Status → codes an error may carry beyond what its route lists. */
export const KNOWN_CODES: Readonly<Record<number, readonly string[]>> = {
  400: [
    'validation_type',
    'filter_error',
    'standard_object_disabled',
    'missing_value',
    'value_not_found',
    'immutable_value',
    'multiple_match_results',
    'system_edit_unauthorized',
    'uniqueness_conflict',
    'self_merge',
    'merge_in_progress',
  ],
  401: ['unauthorized'],
  403: ['unauthorized', 'billing_error'],
  404: ['not_found', 'merge_in_progress'],
  409: ['slug_conflict', 'uniqueness_conflict'],
  413: ['validation_type'],
  429: ['rate_limit_exceeded'],
}

const NEW_CURRENCIES = ['FJD', 'IDR', 'TRY']
const NEW_EVENTS = [
  'activity.created',
  'activity.updated',
  'activity-attribute.created',
  'activity-attribute.updated',
  'activity-record.created',
  'activity-record.updated',
  'activity-record.deleted',
]

/** Applies the deviations that concern schemas to one schema object. */
export function amend(schema: Record<string, unknown>): Record<string, unknown> {
  const { enum: values, type, pattern } = schema
  if (pattern === '^https:\\/\\/.*') schema.pattern = '^https?:\\/\\/.*'
  const properties = schema.properties as Record<string, { enum?: unknown[]; format?: string }> | undefined
  if (properties?.attribute_type?.enum?.[0] === 'timestamp' && properties.value) properties.value.format = 'date-time'
  if (!Array.isArray(values)) return schema
  const next: unknown[] = [...values]
  if (values.includes('NTD')) next.push(...NEW_CURRENCIES.filter((code) => !values.includes(code)))
  if (values.includes('record.merged')) next.push(...NEW_EVENTS)
  if (Array.isArray(type) && type.includes('null') && !values.includes(null)) next.push(null)
  schema.enum = next
  return schema
}
