/**
 * What a customer adds to Attio: attributes on standard objects, an archived one, a formula, two custom objects of
 * which `showcase` has every attribute type, and three lists.
 */
import type { Scene } from '../world/items.ts'
import { createList } from '../world/lists.ts'
import type { Actor, Collection, Formula, Value } from '../world/model.ts'
import { type AttributeSpec, addAttribute, addCollection, relate } from '../world/schema.ts'
import type { StandardObjects } from '../world/standard.ts'

const weighted: Formula = {
  inputs: ['value', 'probability'],
  compute: (read) => {
    const value = read('value')
    const probability = read('probability')
    const amount = value?.attribute_type === 'currency' ? value.currency_value : undefined
    const percent = probability?.attribute_type === 'number' ? probability.value : undefined
    if (amount === undefined || percent === undefined) return undefined
    return { attribute_type: 'number', value: Math.round(amount * percent) / 100 }
  },
}
export const numberOf = (value: Value | undefined): number | undefined =>
  value?.attribute_type === 'number' ? value.value : undefined

export interface CustomObjects {
  readonly projects: Collection
  readonly showcase: Collection
}

export function addCustomObjects(scene: Scene, standard: StandardObjects, at: number, by: Actor): CustomObjects {
  const { companies, people, deals } = standard
  const add = (object: Collection, specs: readonly AttributeSpec[]) => {
    for (const spec of specs) addAttribute(scene, object, spec)
  }
  add(deals, [
    { slug: 'next_step', type: 'text', description: 'What happens next, in one sentence' },
    { slug: 'renewal_date', type: 'date' },
    { slug: 'probability', type: 'number' },
    { slug: 'weighted_value', type: 'number', writable: false, formula: weighted },
  ])
  add(companies, [
    {
      slug: 'tier',
      type: 'select',
      options: ['Gold', 'Silver', { title: 'Bronze (old)', archived: true }],
    },
    { slug: 'account_manager', type: 'actor-reference' },
    { slug: 'fax_number', type: 'text', archived: true },
  ])
  add(people, [{ slug: 'referred_by', type: 'record-reference', objects: [people.id] }])

  const make = (slug: string, singular: string, plural: string) =>
    addCollection(scene, { kind: 'object', slug, singular, plural, createdAt: at, by })
  const projects = make('projects', 'Project', 'Projects')
  add(projects, [
    { slug: 'name', type: 'text', required: true },
    { slug: 'status', type: 'status', options: ['Planned', 'Running', 'Done', { title: 'On ice', archived: true }] },
    { slug: 'budget', type: 'currency', currency: 'GBP' },
    { slug: 'customer', type: 'record-reference' },
    { slug: 'stakeholders', type: 'record-reference', multi: true, objects: [people.id] },
    { slug: 'kick_off', type: 'date' },
  ])
  add(companies, [{ slug: 'projects', type: 'record-reference', multi: true }])
  relate(companies, 'projects', projects, 'customer')

  const showcase = make('showcase', 'Showcase', 'Showcases')
  add(showcase, [
    { slug: 'title', type: 'text' },
    { slug: 'quantity', type: 'number' },
    { slug: 'approved', type: 'checkbox' },
    { slug: 'price', type: 'currency', currency: 'JPY' },
    { slug: 'due', type: 'date' },
    { slug: 'seen_at', type: 'timestamp' },
    { slug: 'score', type: 'rating' },
    { slug: 'phase', type: 'status', options: ['Idea', 'Trial', 'Live'] },
    {
      slug: 'colours',
      type: 'select',
      multi: true,
      options: ['Red', 'Green', 'Blue', { title: 'Mauve', archived: true }],
    },
    { slug: 'related', type: 'record-reference', multi: true },
    { slug: 'reviewers', type: 'actor-reference', multi: true },
    { slug: 'place', type: 'location' },
    { slug: 'sites', type: 'domain', multi: true },
    { slug: 'mailboxes', type: 'email-address', multi: true },
    { slug: 'hotline', type: 'phone-number', multi: true },
    { slug: 'last_touch', type: 'interaction', writable: false, enriched: true },
    { slug: 'contact', type: 'personal-name' },
  ])
  return { projects, showcase }
}

export interface SeedLists {
  readonly pipeline: Collection
  readonly newsletter: Collection
  readonly forecast?: Collection
}

export function addLists(scene: Scene, standard: StandardObjects, createdAt: number, by: Actor): SeedLists {
  const make = (slug: string, name: string, parent: Collection, specs: readonly AttributeSpec[]): Collection => {
    const list = createList(scene, { slug, name, parentObject: parent.id, by, createdAt })
    for (const spec of specs) addAttribute(scene, list, spec)
    return list
  }
  const pipeline = make('enterprise_pipeline', 'Enterprise pipeline', standard.companies, [
    {
      slug: 'stage',
      type: 'status',
      options: ['Qualified', 'Negotiation', 'Contract', { title: 'Parked', archived: true }],
    },
    { slug: 'priority', type: 'select', options: ['High', 'Medium', 'Low'] },
    { slug: 'target_close', type: 'date' },
    { slug: 'champion', type: 'record-reference', objects: [standard.people.id] },
  ])
  const newsletter = make('newsletter', 'Newsletter', standard.people, [
    { slug: 'topics', type: 'select', multi: true, options: ['Product', 'Events', 'Research'] },
    { slug: 'confirmed', type: 'checkbox' },
  ])
  if (!standard.deals.enabled) return { pipeline, newsletter }
  const forecast = make('forecast', 'Forecast 2027', standard.deals, [
    { slug: 'quarter', type: 'select', options: ['Q1', 'Q2', 'Q3', 'Q4'] },
    { slug: 'confidence', type: 'rating' },
  ])
  return { pipeline, newsletter, forecast }
}
