/** Seeded records: who they are, where, and to whom they belong; deterministic from the random source given. */
import type { Faker } from '@faker-js/faker'
import { place } from '../world/compound-values.ts'
import { email, phone, rootDomain } from '../world/contact-values.ts'
import { createItem, type Scene } from '../world/items.ts'
import type { Actor, Collection, Fields, Item } from '../world/model.ts'
import { pick, type Random } from '../world/random.ts'
import { attributeOf } from '../world/schema.ts'
import type { StandardObjects } from '../world/standard.ts'
import { instant } from '../world/time.ts'
import type { CustomObjects } from './custom.ts'
import type { Amounts } from './sizes.ts'
import { HARD_NAMES, HARD_PEOPLE, PRODUCTS } from './words.ts'

export interface SeedParts {
  readonly scene: Scene
  readonly random: Random
  readonly faker: Faker
  readonly amounts: Amounts
  readonly standard: StandardObjects
  readonly custom: CustomObjects
  readonly members: readonly Actor[]
  /** Ascending creation times, with bulk imports of equal ones. */
  readonly times: (count: number) => number[]
}

export const text = (value: string): Fields => ({ attribute_type: 'text', value })
const numeric = (value: number): Fields => ({ attribute_type: 'number', value })
const day = (ms: number): Fields => ({ attribute_type: 'date', value: new Date(ms).toISOString().slice(0, 10) })
export const refTo = (collection: Collection, item: Item): Fields => ({
  attribute_type: 'record-reference',
  object: collection.id,
  record: item.id,
})
const memberRef = (actor: Actor): Fields => ({
  attribute_type: 'actor-reference',
  referenced_actor_type: 'workspace-member',
  referenced_actor_id: actor.id,
})
const money = (currency_value: number, currency_code: string): Fields => ({
  attribute_type: 'currency',
  currency_value,
  currency_code,
})

/** Builds the changes of one item by slug; empty lists leave the attribute empty. */
export function put(collection: Collection, given: Record<string, readonly Fields[]>): Map<number, readonly Fields[]> {
  const changes = new Map<number, readonly Fields[]>()
  for (const [slug, fields] of Object.entries(given)) {
    const slot = collection.index.get(slug)
    if (slot !== undefined && fields.length > 0 && !collection.attributes[slot]?.archived) changes.set(slot, fields)
  }
  return changes
}

export function choose(random: Random, collection: Collection, slug: string): Fields {
  const attribute = attributeOf(collection, slug)
  const option = pick(random, attribute.options)
  return attribute.type === 'status'
    ? { attribute_type: 'status', status: option.id }
    : { attribute_type: 'select', option: option.id }
}

const chance = (random: Random, share: number, make: () => Fields | Fields[]): Fields[] =>
  random() < share ? [make()].flat() : []

const CITIES: readonly (readonly [string, string, string, string, string])[] = [
  ['London', 'England', 'GB', '51.5074', '-0.1278'],
  ['Leeds', 'England', 'GB', '53.8008', '-1.5491'],
  ['Berlin', 'Berlin', 'DE', '52.52', '13.405'],
  ['München', 'Bayern', 'DE', '48.1351', '11.582'],
  ['Paris', 'Île-de-France', 'FR', '48.8566', '2.3522'],
  ['Barcelona', 'Catalunya', 'ES', '41.3874', '2.1686'],
  ['New York', 'NY', 'US', '40.7128', '-74.006'],
  ['San Francisco', 'CA', 'US', '37.7749', '-122.4194'],
  ['Tokyo', 'Tokyo', 'JP', '35.6762', '139.6503'],
  ['São Paulo', 'SP', 'BR', '-23.5505', '-46.6333'],
]
export function somewhere(random: Random): Fields {
  const [locality, region, country_code, latitude, longitude] = pick(random, CITIES)
  return { attribute_type: 'location', ...place({ locality, region, country_code, latitude, longitude }) }
}
const DIAL: readonly string[] = ['+44 20 7946 0', '+49 30 901820', '+33 1 70 18 9', '+1 415 555 0', '+34 93 123 4']
export const somePhone = (random: Random): Fields =>
  phone(`${pick(random, DIAL)}${100 + Math.floor(random() * 900)}`, undefined)

export function interactionAt(random: Random, at: number, by: Actor): Fields {
  const interaction_type = pick(random, ['email', 'call', 'meeting', 'calendar-event'])
  return { attribute_type: 'interaction', interaction_type, interacted_at: instant(at), owner_actor: by }
}

const slugify = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, '')

export function seedCompanies({ scene, random, faker, amounts, standard, members, times }: SeedParts): Item[] {
  const object = standard.companies
  return times(amounts.companies).map((at, i) => {
    const by = pick(random, members)
    const hard = HARD_NAMES[i - 3]
    const name = hard ?? faker.company.name()
    const stem = slugify(name).slice(0, 24) || 'company'
    const domain = `${stem}${i}.example`
    const last = at + random() * 30 * 86_400_000
    const values = put(object, {
      name: i === 2 ? [] : [text(name)],
      domains:
        i % 23 === 5
          ? []
          : [
              { attribute_type: 'domain', domain, root_domain: rootDomain(domain) },
              ...chance(random, 0.08, () => ({
                attribute_type: 'domain',
                domain: `eu.${stem}${i}.example`,
                root_domain: domain,
              })),
            ],
      description: chance(random, 0.7, () =>
        text(
          `${name.slice(0, 60)} ${faker.company.buzzPhrase()}s for ${faker.commerce.department().toLowerCase()} teams.`,
        ),
      ),
      categories: chance(random, 0.6, () =>
        distinct([choose(random, object, 'categories'), choose(random, object, 'categories')]),
      ),
      primary_location: chance(random, 0.8, () => somewhere(random)),
      employee_range: chance(random, 0.7, () => choose(random, object, 'employee_range')),
      estimated_arr_usd: chance(random, 0.5, () => choose(random, object, 'estimated_arr_usd')),
      funding_raised_usd: chance(random, 0.2, () => money(Math.round(random() * 900) * 100_000, 'USD')),
      foundation_date: chance(random, 0.5, () =>
        day(Date.UTC(1950 + Math.floor(random() * 75), Math.floor(random() * 12), 1)),
      ),
      linkedin: chance(random, 0.4, () => text(`https://www.linkedin.com/company/${stem}`)),
      twitter_follower_count: chance(random, 0.2, () => numeric(Math.floor(random() * 50_000))),
      last_interaction: chance(random, 0.4, () => interactionAt(random, last, by)),
      strongest_connection_strength: chance(random, 0.4, () => choose(random, object, 'strongest_connection_strength')),
      strongest_connection_user: chance(random, 0.3, () => memberRef(by)),
      tier: chance(random, 0.3, () => choose(random, object, 'tier')),
      account_manager: chance(random, 0.5, () => memberRef(pick(random, members))),
    })
    return createItem(scene, object, values, { by, at })
  })
}

export function seedPeople(
  { scene, random, faker, amounts, standard, members, times }: SeedParts,
  companies: readonly Item[],
): Item[] {
  const object = standard.people
  const made: Item[] = []
  times(amounts.people).forEach((at, i) => {
    const by = pick(random, members)
    const [first, last] = HARD_PEOPLE[i - 4] ?? [faker.person.firstName(), faker.person.lastName()]
    const company = random() < 0.85 && companies.length > 0 ? companyFor(random, companies, i) : undefined
    const full = `${first} ${last}`.trim()
    const local = `${slugify(first) || 'p'}.${slugify(last).slice(0, 20) || 'x'}${i}`
    const values = put(object, {
      name: i === 3 ? [] : [{ attribute_type: 'personal-name', first_name: first, last_name: last, full_name: full }],
      email_addresses:
        i % 19 === 7
          ? []
          : [
              email(`${local}@${i % 3 === 0 ? 'Mail.Example' : 'people.example'}`),
              ...chance(random, 0.1, () => email(`${local}@home.example`)),
            ],
      job_title: chance(random, 0.8, () => text(faker.person.jobTitle())),
      description: chance(random, 0.15, () =>
        text(`Met at ${faker.location.city()}; prefers ${pick(random, ['e-mail', 'phone', 'chat'])}.`),
      ),
      company: company ? [refTo(standard.companies, company)] : [],
      phone_numbers: chance(random, 0.5, () => somePhone(random)),
      primary_location: chance(random, 0.4, () => somewhere(random)),
      linkedin: chance(random, 0.5, () => text(`https://www.linkedin.com/in/${local}`)),
      last_email_interaction: chance(random, 0.3, () => interactionAt(random, at + random() * 1e9, by)),
      referred_by: made.length > 0 ? chance(random, 0.05, () => refTo(object, pick(random, made))) : [],
    })
    made.push(createItem(scene, object, values, { by, at }))
  })
  return made
}

/** Teams of very different sizes: the first companies are large. */
function companyFor(random: Random, companies: readonly Item[], i: number): Item {
  const big = Math.max(1, Math.ceil(companies.length / 400))
  if (i % 10 === 0) return companies[((i / 10) % big) | 0] as Item
  return pick(random, companies)
}

const CURRENCIES = ['EUR', 'USD', 'GBP', 'JPY', 'CHF']

export function seedDeals(
  { scene, random, faker, amounts, standard, members, times }: SeedParts,
  companies: readonly Item[],
  people: readonly Item[],
): Item[] {
  const object = standard.deals
  if (!object.enabled || companies.length === 0) return []
  const stages = attributeOf(object, 'stage').options
  return times(amounts.deals).map((at, i) => {
    const by = pick(random, members)
    const company = pick(random, companies)
    const named = standard.companies.index.get('name') as number
    const own = company.slots[named]?.[0]
    const label = own?.attribute_type === 'text' ? own.value.slice(0, 60) : 'Unnamed'
    const amount = Math.round(random() * 200_000) / (i % 5 === 0 ? 100 : 0.01) / 100
    const percent = Math.floor(random() * 11) * 10
    const priced = random() < 0.9
    const values = put(object, {
      name: [
        text(
          `${label} – ${pick(random, PRODUCTS)} ${faker.date.month({ abbreviated: true })} ${new Date(at).getUTCFullYear()}`,
        ),
      ],
      stage: [{ attribute_type: 'status', status: pick(random, stages).id }],
      owner: [memberRef(by)],
      value: priced ? [money(Math.round(amount * 100) / 100, CURRENCIES[i % 5] as string)] : [],
      associated_company: [refTo(standard.companies, company)],
      associated_people: distinct(
        Array.from({ length: Math.floor(random() * 4) }, () => refTo(standard.people, pick(random, people))),
      ),
      next_step: chance(random, 0.5, () =>
        text(pick(random, ['Send the revised quote', 'Book the demo', 'Wait for legal', 'Call the CFO'])),
      ),
      renewal_date: chance(random, 0.4, () => day(at + 365 * 86_400_000)),
      probability: [numeric(percent)],
      weighted_value: priced ? [numeric(Math.round((Math.round(amount * 100) / 100) * percent) / 100)] : [],
    })
    return createItem(scene, object, values, { by, at })
  })
}

export function distinct(list: readonly Fields[]): Fields[] {
  const seen = new Set<string>()
  return list.filter((fields) => {
    const key = JSON.stringify(fields)
    return !seen.has(key) && seen.add(key)
  })
}

export { day, memberRef, money, numeric }
