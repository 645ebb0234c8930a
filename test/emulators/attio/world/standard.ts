/** Attio's standard objects with their attributes and relationships (api.md 3.3), as a new workspace has them. */
import type { Scene } from './items.ts'
import type { Collection } from './model.ts'
import { type AttributeSpec, addAttribute, addCollection, relate } from './schema.ts'

const computed = { writable: false, system: true }
const socials: AttributeSpec[] = ['angellist', 'facebook', 'instagram', 'linkedin', 'twitter'].map((slug) => ({
  slug,
  type: 'text',
  system: true,
}))
const interactions: AttributeSpec[] = [
  'first_calendar_interaction',
  'last_calendar_interaction',
  'next_calendar_interaction',
  'first_email_interaction',
  'last_email_interaction',
  'first_interaction',
  'last_interaction',
  'next_interaction',
].map((slug) => ({ slug, type: 'interaction', enriched: true, ...computed }))
const connections: AttributeSpec[] = [
  { slug: 'strongest_connection_strength_legacy', type: 'number', enriched: true, ...computed },
  {
    slug: 'strongest_connection_strength',
    type: 'select',
    enriched: true,
    ...computed,
    options: ['Very weak', 'Weak', 'Good', 'Strong', 'Very strong'],
  },
  { slug: 'strongest_connection_user', type: 'actor-reference', enriched: true, ...computed },
]
const followers: AttributeSpec = { slug: 'twitter_follower_count', type: 'number', enriched: true, ...computed }
const system = { system: true }

export const CATEGORIES = [
  'SaaS',
  'B2B',
  'E-commerce',
  'Fintech',
  'Healthcare',
  'Logistics',
  'Manufacturing',
  'Education',
]
export const EMPLOYEES = ['1-10', '11-50', '51-250', '251-1K', '1K-5K', '5K-10K', '10K-50K', '50K-100K', '100K+']
export const ARR = ['<$1M', '$1M-$10M', '$10M-$50M', '$50M-$100M', '$100M-$250M', '$250M-$500M', '$500M-$1B', '$1B+']

const companies: AttributeSpec[] = [
  { slug: 'domains', type: 'domain', multi: true, unique: true, ...system },
  { slug: 'name', type: 'text', ...system },
  { slug: 'description', type: 'text', ...system },
  { slug: 'team', type: 'record-reference', multi: true, ...system },
  { slug: 'categories', type: 'select', multi: true, options: CATEGORIES, ...system },
  { slug: 'primary_location', type: 'location', ...system },
  { slug: 'logo_url', title: 'Logo URL', type: 'text', ...computed },
  ...socials,
  followers,
  { slug: 'estimated_arr_usd', title: 'Estimated ARR', type: 'select', options: ARR, ...system },
  { slug: 'funding_raised_usd', title: 'Funding raised', type: 'currency', currency: 'USD', ...system },
  { slug: 'foundation_date', type: 'date', ...system },
  { slug: 'employee_range', type: 'select', options: EMPLOYEES, ...system },
  ...interactions,
  ...connections,
  { slug: 'associated_deals', type: 'record-reference', multi: true, ...system },
  { slug: 'associated_workspaces', type: 'record-reference', multi: true, ...system },
]
const people: AttributeSpec[] = [
  { slug: 'name', type: 'personal-name', ...system },
  { slug: 'email_addresses', type: 'email-address', multi: true, unique: true, ...system },
  { slug: 'description', type: 'text', ...system },
  { slug: 'company', type: 'record-reference', ...system },
  { slug: 'job_title', type: 'text', ...system },
  { slug: 'avatar_url', title: 'Avatar URL', type: 'text', ...computed },
  { slug: 'phone_numbers', type: 'phone-number', multi: true, ...system },
  { slug: 'primary_location', type: 'location', ...system },
  ...socials,
  followers,
  ...interactions,
  ...connections,
  { slug: 'associated_deals', type: 'record-reference', multi: true, ...system },
  { slug: 'associated_users', type: 'record-reference', multi: true, ...system },
]
const deals: AttributeSpec[] = [
  { slug: 'name', type: 'text', required: true, ...system },
  {
    slug: 'stage',
    type: 'status',
    required: true,
    options: [
      { title: 'Lead', target: 'P0Y0M14DT0H0M0S' },
      { title: 'In Progress' },
      { title: 'Won 🎉', celebration: true },
      { title: 'Lost' },
    ],
    ...system,
  },
  {
    slug: 'owner',
    type: 'actor-reference',
    required: true,
    defaultValue: { type: 'dynamic', template: 'current-user' },
    ...system,
  },
  { slug: 'value', type: 'currency', currency: 'EUR', ...system },
  { slug: 'associated_people', type: 'record-reference', multi: true, ...system },
  { slug: 'associated_company', type: 'record-reference', ...system },
]
const users: AttributeSpec[] = [
  { slug: 'person', type: 'record-reference', ...system },
  { slug: 'primary_email_address', type: 'email-address', required: true, unique: true, ...system },
  { slug: 'user_id', title: 'User ID', type: 'text', required: true, unique: true, ...system },
  { slug: 'workspace', type: 'record-reference', multi: true, ...system },
]
const workspaces: AttributeSpec[] = [
  { slug: 'workspace_id', title: 'Workspace ID', type: 'text', required: true, unique: true, ...system },
  { slug: 'name', type: 'text', ...system },
  { slug: 'users', type: 'record-reference', multi: true, ...system },
  { slug: 'company', type: 'record-reference', ...system },
  { slug: 'avatar_url', title: 'Avatar URL', type: 'text', ...system },
]

export interface StandardObjects {
  readonly companies: Collection
  readonly people: Collection
  readonly deals: Collection
  readonly users: Collection
  readonly workspaces: Collection
}

/** Attributes that point at a disabled object are made archived: the workspace does not show them. */
export function addStandardObjects(scene: Scene, createdAt: number, disabled: readonly string[]): StandardObjects {
  const make = (slug: string, singular: string, plural: string, attributes: readonly AttributeSpec[]): Collection => {
    const enabled = !disabled.includes(slug)
    const object = addCollection(scene, { kind: 'object', slug, singular, plural, standard: true, enabled, createdAt })
    for (const spec of attributes)
      addAttribute(scene, object, { ...spec, archived: disabled.some((off) => spec.slug === `associated_${off}`) })
    return object
  }
  const made = {
    people: make('people', 'Person', 'People', people),
    companies: make('companies', 'Company', 'Companies', companies),
    deals: make('deals', 'Deal', 'Deals', deals),
    users: make('users', 'User', 'Users', users),
    workspaces: make('workspaces', 'Workspace', 'Workspaces', workspaces),
  }
  relate(made.companies, 'team', made.people, 'company')
  relate(made.companies, 'associated_deals', made.deals, 'associated_company')
  relate(made.companies, 'associated_workspaces', made.workspaces, 'company')
  relate(made.people, 'associated_deals', made.deals, 'associated_people')
  relate(made.people, 'associated_users', made.users, 'person')
  relate(made.users, 'workspace', made.workspaces, 'users')
  return made
}
