/**
 * What somebody writes → a value, for every attribute type, with the shorthands Attio accepts (api.md 2.3 and 3.2).
 * A person's edit may be lenient: it can hold a currency nobody has heard of, and write what the API calls read-only.
 */
import { invalid, missingValue, valueNotFound } from '../errors.ts'
import { location, personalName } from './compound-values.ts'
import { email, phone, rootDomain } from './contact-values.ts'
import type { ActorType, Attribute, Fields, Workspace } from './model.ts'
import { instant, readInstant } from './time.ts'

type Input = Readonly<Record<string, unknown>>

export const CURRENCIES = new Set(
  (
    'ARS AUD BRL BGN CAD CLP CNY COP CZK DKK EUR FJD HKD HUF ISK INR IDR ILS JPY KES KRW MYR MXN NTD NZD NGN NOK ' +
    'XPF PEN PHP PLN GBP RWF SAR SGD ZAR SEK CHF THB TRY AED UYU USD'
  ).split(' '),
)

export interface ParseContext {
  readonly workspace: Workspace
  readonly lenient: boolean
}

/** All values of one attribute: `null`, one value, or an array. */
export function parseValues(context: ParseContext, attribute: Attribute, raw: unknown): Fields[] {
  if (raw === null || raw === undefined) return []
  const inputs = Array.isArray(raw) ? raw : [raw]
  if (inputs.length > 1 && !attribute.multi)
    throw invalid(`Attribute "${attribute.slug}" holds one value, ${inputs.length} were given.`)
  return inputs.map((input) => parseValue(context, attribute, input))
}

export function parseValue(context: ParseContext, attribute: Attribute, raw: unknown): Fields {
  const input: Input = typeof raw === 'object' && raw !== null ? (raw as Input) : { value: raw }
  const type = attribute.type
  switch (type) {
    case 'text':
      return { attribute_type: 'text', value: text(attribute, input.value) }
    case 'number':
      return { attribute_type: 'number', value: number(attribute, input.value) }
    case 'rating': {
      const value = number(attribute, input.value)
      if (!Number.isInteger(value) || value < 0 || value > 5) throw wrong(attribute, 'a whole number from 0 to 5')
      return { attribute_type: 'rating', value }
    }
    case 'checkbox': {
      if (typeof input.value === 'boolean') return { attribute_type: 'checkbox', value: input.value }
      if (input.value === 'true' || input.value === 'false')
        return { attribute_type: 'checkbox', value: input.value === 'true' }
      throw wrong(attribute, 'true or false')
    }
    case 'currency':
      return currency(context, attribute, input)
    case 'date': {
      const value = text(attribute, input.value).slice(0, 10)
      const full = value.length === 4 ? `${value}-01-01` : value.length === 7 ? `${value}-01` : value
      if (!/^\d{4}-\d{2}-\d{2}$/.test(full)) throw wrong(attribute, 'a date')
      return { attribute_type: 'date', value: full }
    }
    case 'timestamp': {
      const given = text(attribute, input.value)
      const ms = readInstant(given) ?? readInstant(`${given}T00:00:00Z`)
      if (ms === undefined) throw wrong(attribute, 'a timestamp')
      return { attribute_type: 'timestamp', value: instant(ms) }
    }
    case 'select':
      return { attribute_type: 'select', option: option(attribute, input.option ?? input.value, 'select option') }
    case 'status':
      return { attribute_type: 'status', status: option(attribute, input.status ?? input.value, 'status') }
    case 'record-reference':
      return reference(context.workspace, attribute, input)
    case 'actor-reference':
      return actor(context.workspace, attribute, input)
    case 'location':
      return location(attribute, raw)
    case 'domain': {
      const domain = text(attribute, input.domain ?? input.value)
        .toLowerCase()
        .replace(/^https?:\/\//, '')
        .replace(/\/.*$/, '')
      if (!domain.includes('.')) throw wrong(attribute, 'a domain')
      return { attribute_type: 'domain', domain, root_domain: rootDomain(domain) }
    }
    case 'email-address':
      return email(text(attribute, input.email_address ?? input.original_email_address ?? input.value))
    case 'phone-number':
      return phone(
        text(attribute, input.original_phone_number ?? input.phone_number ?? input.value),
        input.country_code,
      )
    case 'personal-name':
      return personalName(attribute, raw)
    case 'interaction':
      return interaction(context.workspace, attribute, input)
    default:
      return { attribute_type: 'opaque', as: type, fields: input }
  }
}

function wrong(attribute: Attribute, wanted: string) {
  return invalid(`Invalid value was passed to attribute with slug "${attribute.slug}": expected ${wanted}.`)
}

function text(attribute: Attribute, value: unknown): string {
  if (typeof value !== 'string') throw wrong(attribute, 'a string')
  return value
}

function number(attribute: Attribute, value: unknown): number {
  const given = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof given !== 'number' || !Number.isFinite(given)) throw wrong(attribute, 'a number')
  return given
}

function currency(context: ParseContext, attribute: Attribute, input: Input): Fields {
  const amount = number(attribute, input.currency_value ?? input.value)
  const code = input.currency_code ?? attribute.currencyCode
  if (code !== null && typeof code !== 'string') throw wrong(attribute, 'a currency code')
  if (code !== null && !context.lenient && !CURRENCIES.has(code)) throw wrong(attribute, 'a known currency code')
  return { attribute_type: 'currency', currency_value: Math.round(amount * 10_000) / 10_000, currency_code: code }
}

function option(attribute: Attribute, given: unknown, noun: string): string {
  const wanted = text(attribute, given)
  const found =
    attribute.options.find((candidate) => candidate.id === wanted) ??
    attribute.options.find((candidate) => candidate.title === wanted && !candidate.archived)
  if (!found) throw valueNotFound(`Cannot find ${noun} with title "${wanted}" on attribute "${attribute.slug}".`)
  return found.id
}

function reference(workspace: Workspace, attribute: Attribute, input: Input): Fields {
  const id = input.target_record_id ?? input.value
  if (typeof id !== 'string') throw missingValue(`Attribute "${attribute.slug}" needs a target_record_id.`)
  const home = workspace.home.get(id)
  if (home?.kind !== 'object' || !home.items.has(id)) throw valueNotFound(`Could not find record "${id}".`)
  const object = input.target_object
  if (object !== undefined && object !== home.slug && object !== home.id)
    throw valueNotFound(`Could not find record "${id}" in object "${String(object)}".`)
  if (attribute.allowedObjects && !attribute.allowedObjects.includes(home.id))
    throw invalid(`Attribute "${attribute.slug}" cannot refer to records of object "${home.slug}".`)
  return { attribute_type: 'record-reference', object: home.id, record: id }
}

function actor(workspace: Workspace, attribute: Attribute, input: Input): Fields {
  const given = input.referenced_actor_id ?? input.workspace_member_email_address ?? input.value
  const type = (input.referenced_actor_type ?? 'workspace-member') as ActorType
  if (type !== 'workspace-member')
    return {
      attribute_type: 'actor-reference',
      referenced_actor_type: type,
      referenced_actor_id: given ? String(given) : null,
    }
  for (const member of workspace.members.values())
    if (member.id === given || member.email === given)
      return { attribute_type: 'actor-reference', referenced_actor_type: type, referenced_actor_id: member.id }
  throw valueNotFound(`Could not find workspace member "${String(given)}" for attribute "${attribute.slug}".`)
}

function interaction(workspace: Workspace, attribute: Attribute, input: Input): Fields {
  const owner = input.owner_actor as { type?: ActorType; id?: string } | undefined
  const first = workspace.members.keys().next().value ?? null
  return {
    attribute_type: 'interaction',
    interaction_type: text(attribute, input.interaction_type ?? 'email'),
    interacted_at: instant(readInstant(input.interacted_at ?? input.value) ?? 0),
    owner_actor: { type: owner?.type ?? 'workspace-member', id: owner?.id ?? first },
  }
}
