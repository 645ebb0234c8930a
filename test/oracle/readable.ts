/**
 * Attio's values as a reader must see them, written from the description of the documents and from Attio's own JSON; knows
 * nothing of the pipeline's code.
 */
import type { Placed, Raw, Truth } from './truth-of.ts'

const NOUNS: Readonly<Record<string, string>> = { companies: 'company', people: 'person', deals: 'deal', users: 'user' }
/** References an attribute shows before it says how many more there are. */
const MOST_VALUES = 50

const text = (raw: unknown): string => (typeof raw === 'string' ? raw : '')
/** Controls and direction marks never pass; a name is one line. */
export const oneLine = (raw: unknown): string =>
  text(raw)
    .replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, ' ')
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .trim()

/** All values of one attribute: joined by `, `. '' when there is nothing to read. */
export function readableValues(truth: Truth, raw: readonly Raw[]): string {
  const shown = raw.slice(0, MOST_VALUES).map((value) => readable(truth, value))
  const more = raw.length > MOST_VALUES ? [`and ${raw.length - MOST_VALUES} more`] : []
  return [...shown.filter((one) => one !== ''), ...more].join(', ')
}

function readable(truth: Truth, raw: Raw): string {
  switch (raw.attribute_type) {
    case 'text':
      return text(raw.value).trim()
    case 'number':
      return number(raw.value)
    case 'checkbox':
      return raw.value === true ? 'yes' : 'no'
    case 'rating':
      return `${String(raw.value)} / 5`
    case 'date':
      return text(raw.value)
    case 'timestamp':
      return minute(text(raw.value))
    case 'currency':
      return money(Number(raw.currency_value), text(raw.currency_code))
    case 'select':
      return oneLine((raw.option as Raw).title)
    case 'status':
      return oneLine((raw.status as Raw).title)
    case 'record-reference':
      return reference(truth, text(raw.target_record_id))
    case 'actor-reference':
      return actor(truth, { type: raw.referenced_actor_type, id: raw.referenced_actor_id })
    case 'location':
      return ['line_1', 'line_2', 'line_3', 'line_4', 'locality', 'region', 'postcode', 'country_code']
        .map((part) => oneLine(raw[part]))
        .filter((part) => part !== '')
        .join(', ')
    case 'domain':
      return text(raw.domain)
    case 'email-address':
      return text(raw.email_address)
    case 'phone-number':
      return text(raw.phone_number)
    case 'personal-name':
      return oneLine(raw.full_name)
    case 'interaction': {
      const kind = raw.interaction_type === 'email' ? 'e-mail' : text(raw.interaction_type).replaceAll('-', ' ')
      return [kind, minute(text(raw.interacted_at)), actor(truth, raw.owner_actor as Raw)].join(', ')
    }
    default:
      throw new Error(`The oracle does not know the attribute type ${String(raw.attribute_type)}.`)
  }
}

/** Fifteen digits are what a binary fraction surely holds. */
const number = (raw: unknown): string => String(Number(Number(raw).toPrecision(15)))

export const minute = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)}`

function money(amount: number, code: string): string {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions()
  const fraction = digits.maximumFractionDigits ?? 2
  const format = new Intl.NumberFormat('en', { minimumFractionDigits: fraction, maximumFractionDigits: fraction })
  return `${code} ${format.format(amount)}`
}

export function actor({ members }: Truth, raw: Raw): string {
  if (raw.type === 'workspace-member') return members.get(text(raw.id)) ?? 'a member'
  return raw.type === 'system' ? 'Attio' : raw.type === 'api-token' ? 'API key' : 'an app'
}

/** A record as others show it: its name, and what tells who it is. */
function reference(truth: Truth, id: string): string {
  const placed = truth.records.get(id)
  if (placed === undefined) return ''
  const facts = introduction(placed)
  return facts === '' ? nameOf(placed) : `${nameOf(placed)} (${facts})`
}

function introduction({ record: { values } }: Placed): string {
  const first = (slug: string): Raw | undefined => values[slug]?.[0]
  const [domain, job, stage, value] = [first('domains'), first('job_title'), first('stage'), first('value')]
  if (domain !== undefined) return text(domain.domain)
  if (job !== undefined) return oneLine(job.value)
  const facts = stage === undefined ? [] : [oneLine((stage.status as Raw).title)]
  if (value !== undefined) facts.push(money(Number(value.currency_value), text(value.currency_code)))
  return facts.join(', ')
}

export const isUnnamed = (placed: Placed): boolean => givenName(placed) === ''

export function nameOf(placed: Placed): string {
  const { object, record } = placed
  const noun = NOUNS[object.api_slug] ?? object.singular_noun.toLowerCase()
  return givenName(placed) || `Unnamed ${noun} (${record.id.record_id.slice(0, 8)})`
}

/** `name`, else `title`, else the first attribute of words: of objects that need not have a name. */
function givenName({ object, attributes, record: { values } }: Placed): string {
  const words = (slug: string): string => {
    const raw = values[slug]?.[0]
    return oneLine(raw?.value ?? raw?.full_name ?? raw?.email_address ?? raw?.domain ?? raw?.phone_number)
  }
  const given = words('name') || words('title')
  if (given !== '' || ['companies', 'people', 'deals'].includes(object.api_slug)) return given
  const wordy = ['text', 'email-address', 'domain', 'phone-number', 'personal-name']
  const candidates = attributes.filter(({ type, api_slug }) => wordy.includes(type) && api_slug !== 'record_id')
  return candidates.map(({ api_slug }) => words(api_slug)).find((name) => name !== '') ?? ''
}
