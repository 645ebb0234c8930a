/** Builders for tests and golden files: artifacts with what a fact does not depend on filled in. */
import type {
  Activity,
  Artifact,
  Membership,
  NamedActor,
  NamedAttribute,
  NamedValue,
  RecordCard,
} from '@attio-stream/crm'

export const ann: NamedActor = { type: 'workspace-member', id: 'm-ann', name: 'Ann Lee' }
export const omar: NamedActor = { type: 'workspace-member', id: 'm-omar', name: 'عمر حداد' }
export const attio: NamedActor = { type: 'system', id: null, name: null }

const NOUNS: Readonly<Record<string, string>> = { companies: 'Company', people: 'Person', deals: 'Deal', users: 'User' }

export function artifact(slug: string | null, record: string, more: Partial<Artifact> = {}): Artifact {
  return {
    workspace: 'w-acme',
    object: { id: `0b3e6d52-${slug}`, slug, singular: slug === null ? null : (NOUNS[slug] ?? 'Support ticket') },
    record,
    createdAt: '2026-09-02T10:00:00.123Z',
    webUrl: `https://app.attio.com/acme/${slug}/${record}`,
    name: null,
    attributes: [],
    lists: [],
    activity: [],
    notes: more.activity?.filter(({ kind }) => kind === 'note').length ?? 0,
    tasks: more.activity?.filter(({ kind }) => kind === 'task').length ?? 0,
    ...more,
  }
}

export function attribute(slug: string, title: string, ...values: readonly NamedValue[]): NamedAttribute {
  return { slug, title, type: values[0]?.kind ?? 'text', total: values.length, values }
}

export const text = (value: string): NamedValue => ({ kind: 'text', text: value })
export const select = (title: string): NamedValue => ({ kind: 'select', id: `s-${title}`, title })
export const status = (title: string): NamedValue => ({ kind: 'status', id: `s-${title}`, title })
export const date = (value: string): NamedValue => ({ kind: 'date', date: value })
export const money = (amount: number, code: string | null): NamedValue => ({ kind: 'currency', amount, code })
export const actor = (who: NamedActor): NamedValue => ({ kind: 'actor-reference', actor: who })
export const interaction = (kind: string, at: string, owner: NamedActor | null): NamedValue => ({
  kind: 'interaction',
  interaction: kind,
  at,
  owner,
})

export function location(locality: string, region: string | null, country: string): NamedValue {
  const none = { postcode: null, latitude: null, longitude: null }
  return { kind: 'location', lines: [], locality, region, country, ...none }
}

type Facts = Omit<RecordCard, 'kind' | 'object'>
/** A reference; `facts: null`: not in the directory yet. */
export function reference(object: string, record: string, name: string | null, facts: Facts | null = {}): NamedValue {
  const card = facts === null ? null : { kind: 'record' as const, object: `${object}-id`, ...facts }
  return { kind: 'record-reference', object, record, name, card }
}

export function membership(name: string | null, ...attributes: readonly NamedAttribute[]): Membership {
  const id = name ?? '7d1c9e40-list'
  return { entry: `e-${id}`, list: id, slug: null, name, createdAt: '2026-10-01T08:00:00.000Z', attributes }
}

type Note = Extract<Activity, { kind: 'note' }>
export function note(at: string, title: string, body: string, author: NamedActor | null = ann): Note {
  return { kind: 'note', id: `n-${at}`, at, author, title, text: body }
}

type Task = Extract<Activity, { kind: 'task' }>
export function task(at: string, body: string, more: Partial<Task> = {}): Task {
  const rest = { author: ann, assignees: [ann], done: false, completedAt: null, due: null }
  return { kind: 'task', id: `t-${at}`, at, text: body, ...rest, ...more }
}
