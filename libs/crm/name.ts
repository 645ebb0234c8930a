/**
 * What a record is called and what other documents show of it: the entry it has in the directory. Both are read from its
 * own values alone, so the entry changes exactly when the record does.
 */
import type { RecordCard } from './directory.ts'
import type { RecordContent } from './record.ts'
import type { Value, Values } from './value.ts'

/** Text that says nothing about who or what a record is. */
const NEVER_A_NAME = new Set(['record_id', 'entry_id', 'avatar_url', 'logo_url'])
/** Attio's links end in /{kind}/{record}; companies, people and deals have a `name` and nothing else will do for it. */
const STANDARD_LINK = /\/(?:company|companies|person|people|deal|deals)\/[^/]+$/

/**
 * The display name: attribute `name`, else `title`; for users, workspaces and custom objects else the first text-like
 * attribute that has a value, in `order` (slugs as the payload has them). Null when unnamed.
 */
export function displayName(
  values: Values,
  about: { readonly order: readonly string[]; readonly webUrl: string | null },
): string | null {
  const given = firstText(values.name) ?? firstText(values.title)
  if (given !== null || (about.webUrl !== null && STANDARD_LINK.test(about.webUrl))) return given
  for (const slug of about.order) {
    const text = NEVER_A_NAME.has(slug) ? null : firstText(values[slug])
    if (text !== null) return text
  }
  return null
}

/** The card of a record in crm.names. Absent facts are absent keys. */
export function recordCard(content: RecordContent): RecordCard {
  const { values } = content
  const domain = find(values.domains, 'domain')?.domain
  const email = find(values.email_addresses, 'email-address')?.email ?? firstText(values.primary_email_address)
  const jobTitle = firstText(values.job_title)
  const stage = find(values.stage, 'status')?.title ?? find(values.stage, 'select')?.title
  const money = find(values.value, 'currency')
  return {
    kind: 'record',
    object: content.object,
    ...(domain === undefined ? {} : { domain }),
    ...(email === null ? {} : { email }),
    ...(jobTitle === null ? {} : { jobTitle }),
    ...(stage === undefined ? {} : { stage }),
    ...(money === undefined ? {} : { amount: money.amount }),
    ...(money === undefined || money.code === null ? {} : { currency: money.code }),
  }
}

function firstText(values: readonly Value[] | undefined): string | null {
  for (const value of values ?? []) {
    const text = textLike(value)?.trim()
    if (text !== undefined && text !== '') return text
  }
  return null
}

function textLike(value: Value): string | undefined {
  if (value.kind === 'text') return value.text
  if (value.kind === 'personal-name') return value.full
  if (value.kind === 'email-address') return value.email
  if (value.kind === 'domain') return value.domain
  return value.kind === 'phone-number' ? value.phone : undefined
}

function find<K extends Value['kind']>(
  values: readonly Value[] | undefined,
  kind: K,
): Extract<Value, { kind: K }> | undefined {
  return values?.find((value): value is Extract<Value, { kind: K }> => value.kind === kind)
}
