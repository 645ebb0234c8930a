/**
 * The input of the join benchmark: crm.records and crm.names of 20,000 companies, 200,000 people (10,000 of them at one
 * company) and 40,000 deals with 1 to 5 people. The same every time; shaped like real records, about 1 KB each.
 */
import type { Name, RecordState } from '@attio-stream/contracts'
import { type Card, canonical, nameKey, type RecordContent, type Value, type Values } from '@attio-stream/crm'
import { contentHash } from '@attio-stream/stream'

export const WORKSPACE = '00000000-0000-4000-8000-0000000000aa'
export interface JoinWorld {
  readonly companies: number
  readonly people: number
  readonly deals: number
  /** How many of the people work at company 0. */
  readonly atLargest: number
}
export const FULL: JoinWorld = { companies: 20_000, people: 200_000, deals: 40_000, atLargest: 10_000 }

type Kind = 'company' | 'person' | 'deal'
const OBJECTS = { company: 'companies', person: 'people', deal: 'deals' } as const
const TAGS = { company: 'c', person: 'e', deal: 'd' } as const

export function objectId(kind: Kind): string {
  return `${TAGS[kind].repeat(8)}-0000-4000-8000-000000000000`
}
/** Spread over the partitions like random ids. */
export function recordId(kind: Kind, index: number): string {
  const mixed = (Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
  return `${mixed}-${TAGS[kind].repeat(4)}-4000-8000-${index.toString(16).padStart(12, '0')}`
}

export interface Entity {
  readonly state: RecordState
  readonly name: Name
  readonly record: string
}

export function directory(): readonly Name[] {
  const attribute = (slug: string, title: string, type: string) => ({
    slug,
    title,
    type,
    multiple: type === 'record-reference',
    currency: null,
  })
  const object = (kind: Kind, singular: string, attributes: ReturnType<typeof attribute>[]): Name => {
    const card: Card = { kind: 'object', slug: OBJECTS[kind], singular, plural: OBJECTS[kind], attributes }
    return nameOf('object', objectId(kind), singular, card)
  }
  return [
    object('company', 'Company', [
      attribute('name', 'Name', 'text'),
      attribute('domains', 'Domains', 'domain'),
      attribute('description', 'Description', 'text'),
    ]),
    object('person', 'Person', [
      attribute('name', 'Name', 'personal-name'),
      attribute('email_addresses', 'E-mail', 'email-address'),
      attribute('job_title', 'Job title', 'text'),
      attribute('company', 'Company', 'record-reference'),
      attribute('description', 'Description', 'text'),
    ]),
    object('deal', 'Deal', [
      attribute('name', 'Name', 'text'),
      attribute('stage', 'Stage', 'status'),
      attribute('value', 'Value', 'currency'),
      attribute('associated_company', 'Company', 'record-reference'),
      attribute('associated_people', 'People', 'record-reference'),
      attribute('next_step', 'Next step', 'text'),
    ]),
  ]
}

/** `revision` makes the record differ from its last state; a revision of a company is also its new name. */
export function entity(kind: Kind, index: number, world: JoinWorld, revision = 0): Entity {
  const id = recordId(kind, index)
  const { name, values, card } = builders[kind](index, world, revision)
  const content: RecordContent = {
    object: objectId(kind),
    record: id,
    createdAt: new Date(Date.UTC(2025, 0, 1) + index * 1000).toISOString(),
    webUrl: `https://app.attio.com/acme/${kind}/${id}`,
    name,
    values,
  }
  const body = canonical(content)
  const state: RecordState = {
    workspace_id: WORKSPACE,
    object_id: objectId(kind),
    fence: 1_000 + revision,
    hash: contentHash(body),
    deleted: false,
    body,
  }
  return { state, name: nameOf('record', id, name, card), record: id }
}

export function nameKeyOf(name: Name): string {
  return nameKey(name.workspace_id, name.kind as 'record' | 'object', name.id)
}

function nameOf(kind: 'record' | 'object', id: string, name: string, card: Card): Name {
  const text = JSON.stringify(card)
  return { workspace_id: WORKSPACE, kind, id, name, deleted: false, hash: contentHash(name + text), card: text }
}

interface Built {
  readonly name: string
  readonly values: Values
  readonly card: Card
}
const text = (value: string): readonly Value[] => [{ kind: 'text', text: value }]
const reference = (object: string, record: string): Value => ({ kind: 'record-reference', object, record })
const DESCRIPTION =
  'Buys through a reseller and asks for one invoice a year. Wants single sign-on, an audit log and a fixed price for three years. '

const builders: Readonly<Record<Kind, (index: number, world: JoinWorld, revision: number) => Built>> = {
  company: (index, _world, revision) => {
    const name = `Company ${index}${revision === 0 ? '' : ` renamed ${revision}`}`
    const domain = `company-${index}.example`
    return {
      name,
      values: { description: text(DESCRIPTION.repeat(4)), domains: [{ kind: 'domain', domain }], name: text(name) },
      card: { kind: 'record', object: objectId('company'), domain },
    }
  },
  person: (index, world, revision) => {
    const name = `Person ${index}`
    const email = `person-${index}@company.example`
    const jobTitle = revision === 0 ? 'Head of Purchasing' : `Head of Purchasing, year ${revision}`
    const company = index < world.atLargest ? 0 : 1 + (index % (world.companies - 1))
    return {
      name,
      values: {
        company: [reference('companies', recordId('company', company))],
        description: text(DESCRIPTION.repeat(3)),
        email_addresses: [{ kind: 'email-address', email }],
        job_title: text(jobTitle),
        name: [{ kind: 'personal-name', first: 'Person', last: String(index), full: name }],
      },
      card: { kind: 'record', object: objectId('person'), email, jobTitle },
    }
  },
  deal: (index, world, revision) => {
    const name = `Deal ${index}`
    const people = Array.from({ length: 1 + (index % 5) }, (_, n) => (index * 5 + n) % world.people)
    return {
      name,
      values: {
        associated_company: [reference('companies', recordId('company', index % world.companies))],
        associated_people: people.map((person) => reference('people', recordId('person', person))),
        name: text(name),
        next_step: text(`${DESCRIPTION}${revision}`),
        stage: [{ kind: 'status', id: 's1', title: 'In Progress' }],
        value: [{ kind: 'currency', amount: 1000 + index, code: 'EUR' }],
      },
      card: { kind: 'record', object: objectId('deal'), stage: 'In Progress', amount: 1000 + index, currency: 'EUR' },
    }
  },
}
