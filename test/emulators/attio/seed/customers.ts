/** Seeded users, workspaces and records of the two custom objects, one showcase of which has every value type. */
import { email, phone, rootDomain } from '../world/contact-values.ts'
import { createItem } from '../world/items.ts'
import type { Item } from '../world/model.ts'
import { pick } from '../world/random.ts'
import { instant } from '../world/time.ts'
import {
  choose,
  day,
  distinct,
  interactionAt,
  memberRef,
  money,
  numeric,
  put,
  refTo,
  type SeedParts,
  somePhone,
  somewhere,
  text,
} from './records.ts'

export function seedUsers(
  { scene, random, amounts, standard, members, times }: SeedParts,
  people: readonly Item[],
  companies: readonly Item[],
): Item[] {
  const { users, workspaces } = standard
  if (people.length === 0) return []
  const spaces = times(amounts.workspaces).map((at, i) => {
    const values = put(workspaces, {
      workspace_id: [text(`ws_${String(i).padStart(6, '0')}`)],
      name: [text(`Tenant ${i + 1}`)],
      company: [refTo(standard.companies, companies[i % companies.length] as Item)],
    })
    return createItem(scene, workspaces, values, { by: pick(random, members), at })
  })
  const accounts = times(amounts.users).map((at, i) => {
    const values = put(users, {
      user_id: [text(`usr_${String(i).padStart(6, '0')}`)],
      primary_email_address: [email(`user${i}@product.example`)],
      person: [refTo(standard.people, people[i % people.length] as Item)],
      workspace: distinct([refTo(workspaces, pick(random, spaces)), refTo(workspaces, pick(random, spaces))]),
    })
    return createItem(scene, users, values, { by: pick(random, members), at })
  })
  return [...spaces, ...accounts]
}

export function seedProjects(
  { scene, random, faker, amounts, standard, custom, members, times }: SeedParts,
  people: readonly Item[],
  companies: readonly Item[],
): Item[] {
  const { projects } = custom
  return times(amounts.projects).map((at) => {
    const some = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      refTo(standard.people, pick(random, people)),
    )
    const values = put(projects, {
      name: [text(`${faker.hacker.verb()} the ${faker.hacker.noun()}`)],
      status: [choose(random, projects, 'status')],
      budget: [money(Math.round(random() * 500) * 1000, 'GBP')],
      customer: [refTo(standard.companies, pick(random, companies))],
      stakeholders: distinct(some),
      kick_off: [day(at)],
    })
    return createItem(scene, projects, values, { by: pick(random, members), at })
  })
}

export function seedShowcase(parts: SeedParts, people: readonly Item[], companies: readonly Item[]): Item[] {
  const { scene, random, amounts, standard, custom, members, times } = parts
  const { showcase } = custom
  return times(amounts.showcase).map((at, i) => {
    const by = pick(random, members)
    const full = i === 0
    const some = <T>(make: () => T[]): T[] => (full || random() < 0.6 ? make() : [])
    const domain = `shop${i}.example.co.uk`
    const values = put(showcase, {
      title: [text(full ? 'Everything at once' : `Piece ${i}`)],
      quantity: some(() => [numeric(full ? 12.5 : Math.floor(random() * 1000))]),
      approved: some(() => [{ attribute_type: 'checkbox', value: full || random() < 0.5 }]),
      price: some(() => [money(full ? 1234 : Math.round(random() * 10_000), 'JPY')]),
      due: some(() => [day(at + 30 * 86_400_000)]),
      seen_at: some(() => [{ attribute_type: 'timestamp', value: instant(at + 3_600_000) }]),
      score: some(() => [{ attribute_type: 'rating', value: full ? 4 : Math.floor(random() * 6) }]),
      phase: some(() => [choose(random, showcase, 'phase')]),
      colours: some(() => distinct([choose(random, showcase, 'colours'), choose(random, showcase, 'colours')])),
      related: some(() =>
        distinct([refTo(standard.companies, pick(random, companies)), refTo(standard.people, pick(random, people))]),
      ),
      reviewers: some(() => distinct([memberRef(by), memberRef(pick(random, members))])),
      place: some(() => [somewhere(random)]),
      sites: some(() => [{ attribute_type: 'domain', domain, root_domain: rootDomain(domain) }]),
      mailboxes: some(() => [email(`Office@${domain}`)]),
      hotline: some(() => [full ? phone('+44 20 7946 0958', 'GB') : somePhone(random)]),
      last_touch: some(() => [interactionAt(random, at + 7_200_000, by)]),
      contact: some(() => [
        { attribute_type: 'personal-name', first_name: 'Ann', last_name: 'Lee', full_name: 'Ann Lee' },
      ]),
    })
    return createItem(scene, showcase, values, { by, at })
  })
}
