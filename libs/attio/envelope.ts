/**
 * A webhook delivery: ids only, and which notices it stands for. Attio docs: webhooks. One event a delivery today, several
 * allowed; types never seen pass and are counted. Who signed it is signature.ts's question.
 */
import type { Notice } from '@attio-stream/contracts'
import { z } from 'zod'

const idText = z.string().min(1)
const optionalId = z.string().min(1).nullish()

export const eventSchema = z.looseObject({
  event_type: z.string().min(1).max(100),
  id: z.looseObject({
    workspace_id: idText,
    object_id: optionalId,
    record_id: optionalId,
    list_id: optionalId,
    entry_id: optionalId,
    note_id: optionalId,
    task_id: optionalId,
    workspace_member_id: optionalId,
  }),
  parent_object_id: optionalId,
  parent_record_id: optionalId,
  duplicate_object_id: optionalId,
  duplicate_record_id: optionalId,
  actor: z.looseObject({ type: z.string().nullish(), id: z.string().nullish() }).nullish(),
})
export type WebhookEvent = z.infer<typeof eventSchema>

export const envelopeSchema = z.looseObject({ webhook_id: idText, events: z.array(eventSchema) })
export type Envelope = z.infer<typeof envelopeSchema>

/** Every event a connector wants; names of webhook subscriptions. */
export const SUBSCRIBED_EVENTS = [
  'record.created',
  'record.updated',
  'record.deleted',
  'record.merged',
  'note.created',
  'note.updated',
  'note.deleted',
  'note-content.updated',
  'task.created',
  'task.updated',
  'task.deleted',
  'list.created',
  'list.updated',
  'list.deleted',
  'list-attribute.created',
  'list-attribute.updated',
  'list-entry.created',
  'list-entry.updated',
  'list-entry.deleted',
  'object-attribute.created',
  'object-attribute.updated',
  'workspace-member.created',
] as const

export interface Delivery {
  /** Attio's Idempotency-Key. */
  readonly key: string | null
  /** ms, our clock. */
  readonly receivedAt: number
}
/** `notices: null`: a type this code does not know, or a known one without its ids. */
export interface EventNotices {
  readonly type: string
  readonly notices: readonly Notice[] | null
}

type Thing = Pick<Notice, 'kind' | 'id'> & Partial<Notice>

/** One notice per thing the event names; both records of a merge. */
export function noticesOf(event: WebhookEvent, delivery: Delivery): EventNotices {
  const things = thingsOf(event)
  if (things === null) return { type: event.event_type, notices: null }
  return {
    type: event.event_type,
    notices: things.map((thing) => ({
      workspace_id: event.id.workspace_id,
      source: 'webhook',
      event_type: event.event_type,
      object_id: null,
      list_id: null,
      parent_record_id: event.parent_record_id ?? null,
      parent_object_id: event.parent_object_id ?? null,
      related_id: null,
      nominates: false,
      actor_type: event.actor?.type ?? null,
      actor_id: event.actor?.id ?? null,
      delivery_key: delivery.key,
      received_at: delivery.receivedAt,
      ...thing,
    })),
  }
}

function thingsOf(event: WebhookEvent): readonly Thing[] | null {
  const [family, change] = split(event.event_type)
  const nominates = change === 'deleted'
  switch (family) {
    case 'record':
      return change === 'merged' ? merged(event) : record(event, nominates)
    case 'note':
    case 'note-content':
      return thing('note', event.id.note_id, { nominates })
    case 'task':
      return thing('task', event.id.task_id, { nominates })
    case 'list-entry':
      return event.id.list_id ? thing('entry', event.id.entry_id, { list_id: event.id.list_id, nominates }) : null
    case 'list':
      return thing('list', event.id.list_id, { nominates })
    case 'list-attribute':
      return thing('list', event.id.list_id, {})
    case 'object-attribute':
      return thing('object', event.id.object_id, {})
    case 'workspace-member':
      return thing('member', event.id.workspace_member_id, {})
    default:
      return null
  }
}

function record({ id }: WebhookEvent, nominates: boolean): readonly Thing[] | null {
  if (!id.object_id) return null
  return thing('record', id.record_id, { object_id: id.object_id, nominates })
}

/**
 * Attio docs of 2026: a new record and two deliveries, each naming one original. Docs of 2025: the survivor keeps its id and
 * one delivery names the duplicate. Either way both ids are read and only the duplicate can be gone: a 404 on the new id
 * is Attio being late, and taking it for a death would bury a record that has just been born (R4, R5).
 */
function merged(event: WebhookEvent): readonly Thing[] | null {
  const { record_id, object_id } = event.id
  const old = event.duplicate_record_id
  if (!record_id || !object_id) return null
  const survivor: Thing = { kind: 'record', id: record_id, object_id, related_id: old ?? null }
  if (!old) return [survivor]
  const oldObject = event.duplicate_object_id ?? object_id
  return [survivor, { kind: 'record', id: old, object_id: oldObject, related_id: record_id, nominates: true }]
}

function thing(kind: string, id: string | null | undefined, more: Partial<Notice>): readonly Thing[] | null {
  return id ? [{ kind, id, ...more }] : null
}

function split(type: string): readonly [family: string, change: string] {
  const dot = type.lastIndexOf('.')
  return dot === -1 ? [type, ''] : [type.slice(0, dot), type.slice(dot + 1)]
}
