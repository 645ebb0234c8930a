/** Webhook registrations: validation with the wire's own messages, and which events a subscription lets through. */
import { ApiError, badBody, invalid, notFound, type ValidationIssue } from '../errors.ts'
import type { Scene } from './items.ts'
import type { AttioEvent, Subscription, SubscriptionFilter, SubscriptionTerm, Webhook } from './model.ts'
import { hexFrom } from './random.ts'

const families: Record<string, string> = {
  record: 'created updated deleted merged',
  note: 'created updated deleted',
  'note-content': 'updated',
  task: 'created updated deleted',
  comment: 'created resolved unresolved deleted',
  list: 'created updated deleted',
  'list-attribute': 'created updated',
  'list-entry': 'created updated deleted',
  'object-attribute': 'created updated',
  'workspace-member': 'created',
  'call-recording': 'created',
  activity: 'created updated',
  'activity-attribute': 'created updated',
  'activity-record': 'created updated deleted',
}
export const EVENT_TYPES = Object.entries(families).flatMap(([noun, verbs]) =>
  verbs.split(' ').map((verb) => `${noun}.${verb}`),
)

type Raw = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
const kindOf = (value: unknown) =>
  value === undefined ? 'undefined' : value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
const issue = (path: (string | number)[], expected: string, value: unknown): ValidationIssue => ({
  code: 'invalid_type',
  path,
  message: value === undefined ? 'Required' : `Expected ${expected}, received ${kindOf(value)}`,
  expected,
  received: kindOf(value),
})

export interface Registration {
  readonly target_url: string
  readonly subscriptions: readonly Subscription[]
}

/** The `data` of a create or patch body; a patch may leave either key out. */
export function readRegistration(scene: Scene, body: unknown, partial: boolean): Partial<Registration> {
  const data = isObject(body) ? body.data : undefined
  if (!isObject(data)) throw badBody([issue(['data'], 'object', data)])
  const issues: ValidationIssue[] = []
  const result: { target_url?: string; subscriptions?: Subscription[] } = {}
  if (data.target_url !== undefined || !partial) {
    if (typeof data.target_url !== 'string') issues.push(issue(['data', 'target_url'], 'string', data.target_url))
    else if (!allowedTarget(data.target_url))
      issues.push({
        code: 'invalid_string',
        path: ['data', 'target_url'],
        message: 'Target URL must start with https://',
      })
    else result.target_url = data.target_url
  }
  if (data.subscriptions !== undefined || !partial) {
    if (!Array.isArray(data.subscriptions)) issues.push(issue(['data', 'subscriptions'], 'array', data.subscriptions))
    else result.subscriptions = data.subscriptions.map((each, i) => subscription(each, i, issues))
  }
  if (issues.length > 0) throw badBody(issues)
  for (const each of result.subscriptions ?? []) checkLists(scene, each)
  return result
}

/** https only, except on this machine. */
function allowedTarget(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
}

function subscription(raw: unknown, i: number, issues: ValidationIssue[]): Subscription {
  const path = ['data', 'subscriptions', i]
  if (!isObject(raw)) {
    issues.push(issue(path, 'object', raw))
    return { event_type: '', filter: null }
  }
  if (typeof raw.event_type !== 'string' || !EVENT_TYPES.includes(raw.event_type))
    issues.push({ code: 'invalid_option', path: [...path, 'event_type'], message: 'Invalid option' })
  if (raw.filter === undefined) issues.push(issue([...path, 'filter'], 'object', undefined))
  else if (raw.filter !== null && !isFilter(raw.filter))
    issues.push({ code: 'invalid_union', path: [...path, 'filter'], message: 'Invalid input' })
  return { event_type: String(raw.event_type), filter: (raw.filter ?? null) as SubscriptionFilter | null }
}

function isFilter(raw: unknown): boolean {
  if (!isObject(raw)) return false
  const keys = Object.keys(raw)
  const terms = raw.$and ?? raw.$or
  return keys.length === 1 && Array.isArray(terms) && terms.every(isTerm)
}
const isTerm = (raw: unknown) =>
  isObject(raw) &&
  typeof raw.field === 'string' &&
  typeof raw.value === 'string' &&
  (raw.operator === 'equals' || raw.operator === 'not_equals')

const termsOf = (filter: SubscriptionFilter | null): readonly SubscriptionTerm[] =>
  filter === null ? [] : '$and' in filter ? filter.$and : filter.$or

function checkLists(scene: Scene, { filter }: Subscription): void {
  for (const term of termsOf(filter))
    if (term.field === 'id.list_id' && !scene.workspace.lists.has(term.value)) throw invalid('Related list not found')
}

export function createWebhook(scene: Scene, registration: Registration): Webhook {
  for (const other of scene.workspace.webhooks.values())
    if (other.url === registration.target_url)
      for (const mine of registration.subscriptions)
        if (other.subscriptions.some((theirs) => JSON.stringify(theirs) === JSON.stringify(mine)))
          throw new ApiError(
            409,
            'uniqueness_conflict',
            `A webhook for "${mine.event_type}" with this target URL and filter already exists.`,
          )
  const webhook: Webhook = {
    id: scene.world.uuid(),
    createdAt: scene.world.now(),
    secret: hexFrom(scene.world.random, 64),
    url: registration.target_url,
    subscriptions: registration.subscriptions,
    status: 'active',
    degradedAt: null,
  }
  scene.workspace.webhooks.set(webhook.id, webhook)
  return webhook
}

export function webhookOf(scene: Scene, id: string): Webhook {
  const webhook = scene.workspace.webhooks.get(id)
  if (!webhook) throw notFound(`Could not find webhook with ID "${id}".`)
  return webhook
}

export function wants(webhook: Webhook, event: AttioEvent): boolean {
  return webhook.subscriptions.some(
    ({ event_type, filter }) => (event_type === event.event_type || unheardOf(event)) && passes(filter, event),
  )
}

/** Events of undocumented types go to everybody: nobody could have subscribed to them. */
const unheardOf = (event: AttioEvent) => !EVENT_TYPES.includes(event.event_type)

function passes(filter: SubscriptionFilter | null, event: AttioEvent): boolean {
  if (filter === null) return true
  const holds = ({ field, operator, value }: SubscriptionTerm) => {
    const found = field.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), event)
    return (String(found ?? '') === value) === (operator === 'equals')
  }
  return '$and' in filter ? filter.$and.every(holds) : filter.$or.some(holds)
}
