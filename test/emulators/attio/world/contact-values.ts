/** E-mail addresses, domains and phone numbers, normalised into the parts Attio answers with. */
import { invalid } from '../errors.ts'
import type { Fields } from './model.ts'

const SECOND_LEVEL = new Set(['co', 'com', 'org', 'ac', 'gov', 'net'])

/** The registrable part: two labels, or three under a country's `co.` and kin. */
export function rootDomain(domain: string): string {
  const labels = domain.split('.')
  const second = labels.at(-2) ?? ''
  const take = labels.length > 2 && (labels.at(-1) ?? '').length === 2 && SECOND_LEVEL.has(second) ? 3 : 2
  return labels.slice(-take).join('.')
}

export function email(given: string): Fields {
  const address = given.trim().toLowerCase()
  const at = address.lastIndexOf('@')
  if (at < 1 || !address.slice(at).includes('.'))
    throw invalid(`"${given.length > 80 ? '…' : given}" is not an email address.`)
  const domain = address.slice(at + 1)
  return {
    attribute_type: 'email-address',
    original_email_address: given,
    email_address: address,
    email_domain: domain,
    email_root_domain: rootDomain(domain),
    email_local_specifier: address.slice(0, at),
  }
}

/** Calling codes of the countries the seeds use; the longest that fits wins. */
const CALLING: readonly (readonly [string, string])[] = [
  ['353', 'IE'],
  ['351', 'PT'],
  ['358', 'FI'],
  ['972', 'IL'],
  ['971', 'AE'],
  ['44', 'GB'],
  ['49', 'DE'],
  ['33', 'FR'],
  ['34', 'ES'],
  ['39', 'IT'],
  ['31', 'NL'],
  ['46', 'SE'],
  ['81', 'JP'],
  ['91', 'IN'],
  ['55', 'BR'],
  ['61', 'AU'],
  ['1', 'US'],
]

export function phone(given: string, country: unknown): Fields {
  const digits = given.replace(/\D/g, '')
  if (digits.length < 5) throw invalid(`"${given}" is not a phone number.`)
  const named = typeof country === 'string' ? country : undefined
  const international = given.trim().startsWith('+')
  const code = named ? CALLING.find(([, iso]) => iso === named)?.[0] : undefined
  const number = international ? `+${digits}` : `+${code ?? '1'}${digits.replace(/^0/, '')}`
  const found = CALLING.find(([prefix]) => number.startsWith(`+${prefix}`))?.[1]
  return {
    attribute_type: 'phone-number',
    original_phone_number: given,
    country_code: named ?? found ?? 'US',
    phone_number: number,
  }
}
