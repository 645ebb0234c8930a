/**
 * A value as a reader sees it: one form per attribute type, the same everywhere in a document. One line each, except text,
 * which keeps its line breaks. Titles, names and codes; never ids.
 */
import type { NamedActor, NamedValue, RecordCard, Scalar } from '@attio-stream/crm'
import { line, lines } from './clean.ts'

/** '' when there is nothing to show. */
export function valueText(value: NamedValue): string {
  switch (value.kind) {
    case 'text':
      return lines(value.text)
    case 'number':
      return numberText(value.number)
    case 'checkbox':
      return value.checked ? 'yes' : 'no'
    case 'currency':
      return moneyText(value.amount, value.code)
    case 'date':
      return line(value.date)
    case 'timestamp':
      return timeText(value.at)
    case 'rating':
      return `${numberText(value.stars)} / 5`
    case 'status':
    case 'select':
      return line(value.title)
    case 'record-reference':
      return referenceText(value)
    case 'actor-reference':
      return actorText(value.actor)
    case 'location':
      return locationText(value)
    case 'domain':
      return line(value.domain)
    case 'email-address':
      return line(value.email)
    case 'phone-number':
      return line(value.phone)
    case 'interaction':
      return [
        interactionText(value.interaction),
        timeText(value.at),
        value.owner === null ? '' : actorText(value.owner),
      ]
        .filter((part) => part !== '')
        .join(', ')
    case 'personal-name':
      return line(value.full)
    case 'unknown':
      return scalarsText(value.scalars)
  }
}

/** `EUR 48,000.00`, with the currency's own number of decimals; without a code just the amount. */
export function moneyText(amount: number, code: string | null): string {
  const text = formatOf(code).format(Object.is(amount, -0) ? 0 : amount)
  return code === null ? text : `${line(code)} ${text}`
}

/** `2026-11-20 09:12`, UTC. */
export function timeText(iso: string): string {
  return line(`${iso.slice(0, 10)} ${iso.slice(11, 16)}`)
}

/** `2026-11-20`, UTC. */
export function dateText(iso: string): string {
  return line(iso.slice(0, 10))
}

export function actorText(actor: NamedActor): string {
  const name = actor.name === null ? '' : line(actor.name)
  if (name !== '') return name
  if (actor.type === 'system') return 'Attio'
  if (actor.type === 'api-token') return 'API key'
  return actor.type === 'app' ? 'an app' : actor.type === 'workspace-member' ? 'a member' : 'someone'
}

type Reference = Extract<NamedValue, { kind: 'record-reference' }>

/** `Northwind Traders (northwind.example)`, `Bob Stone (CTO)`, `Annual licence (In Progress, EUR 48,000.00)`. */
function referenceText(reference: Reference): string {
  const name = referenceName(reference)
  const facts = reference.card === null ? '' : cardText(reference.card)
  return facts === '' ? name : `${name} (${facts})`
}

/** The name, or what stands for it: unnamed, or not known yet. Eight characters of the id tell two apart. */
export function referenceName({ name, card, object, record }: Reference): string {
  const known = name === null ? '' : line(name)
  if (known !== '') return known
  const noun = NOUNS[object] ?? 'record'
  return card === null ? `${noun} (${idStart(record)})` : `Unnamed ${noun} (${idStart(record)})`
}

export function idStart(id: string): string {
  return line(id.slice(0, 8))
}

const NOUNS: Readonly<Record<string, string>> = {
  companies: 'company',
  people: 'person',
  deals: 'deal',
  users: 'user',
  workspaces: 'workspace',
}

function cardText({ domain, jobTitle, stage, amount, currency }: RecordCard): string {
  if (domain !== undefined) return line(domain)
  if (jobTitle !== undefined) return line(jobTitle)
  const facts = stage === undefined ? [] : [line(stage)]
  if (amount !== undefined) facts.push(moneyText(amount, currency ?? null))
  return facts.join(', ')
}

type Location = Extract<NamedValue, { kind: 'location' }>

/** `Leeds, England, GB`, with street and post code where there are any; co-ordinates when there is nothing else. */
function locationText({ lines: street, locality, region, postcode, country, latitude, longitude }: Location): string {
  const place = [...street, locality, region, postcode, country]
  const shown = place.flatMap((part) => (part === null || line(part) === '' ? [] : [line(part)]))
  if (shown.length === 0 && latitude !== null && longitude !== null) return line(`${latitude}, ${longitude}`)
  return shown.join(', ')
}

function interactionText(type: string): string {
  return type === 'email' ? 'e-mail' : line(type).replaceAll('-', ' ')
}

function scalarsText(scalars: Readonly<Record<string, Scalar>>): string {
  const shown = Object.entries(scalars).flatMap(([name, scalar]) => {
    const text = scalarText(scalar)
    return text === '' ? [] : [{ name: line(name), text }]
  })
  const [only] = shown
  if (only !== undefined && shown.length === 1) return only.text
  return shown.map(({ name, text }) => (name === '' ? text : `${name}: ${text}`)).join(', ')
}

function scalarText(scalar: Scalar): string {
  if (typeof scalar === 'string') return line(scalar)
  return typeof scalar === 'number' ? numberText(scalar) : scalar ? 'yes' : 'no'
}

const plain = new Intl.NumberFormat('en', { useGrouping: false, maximumSignificantDigits: 15 })

/** As short as it can be said: no grouping, no exponent, no noise of binary fractions. */
export function numberText(number: number): string {
  return Number.isInteger(number) && Math.abs(number) < 1e15 ? String(number + 0) : plain.format(number)
}

const formats = new Map<string | null, Intl.NumberFormat>()

function formatOf(code: string | null): Intl.NumberFormat {
  const known = formats.get(code)
  if (known !== undefined) return known
  const digits = decimalsOf(code)
  const format = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (formats.size < 1_000) formats.set(code, format)
  return format
}

/** ISO 4217 by way of Intl; 2 for a code it does not know. */
function decimalsOf(code: string | null): number {
  if (code === null || !/^[A-Za-z]{3}$/.test(code)) return 2
  return new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions().maximumFractionDigits ?? 2
}
