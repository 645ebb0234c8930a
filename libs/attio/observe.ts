/**
 * From the text of a change to what was observed: validated, values read, times cut to milliseconds. What cannot be read is a
 * returned rejection, never a throw: the caller buries it. Folding observations into state is libs/crm's.
 */
import type { Change } from '@attio-stream/contracts'
import type { Actor, AttributeCard, Values } from '@attio-stream/crm'
import { z } from 'zod'
import {
  type AttributePayload,
  attributeSchema,
  entrySchema,
  listSchema,
  memberSchema,
  noteSchema,
  objectSchema,
  recordSchema,
  taskSchema,
} from './payload.ts'
import { toMilliseconds } from './time.ts'
import { type OnUnknownType, readActor, readValues } from './values.ts'

export interface RecordObservation {
  readonly kind: 'record'
  readonly object: string
  readonly record: string
  readonly createdAt: string
  readonly webUrl: string | null
  readonly values: Values
  /** The slugs of all attributes as the payload has them, empty ones too: which text names a record without a name. */
  readonly order: readonly string[]
}
export interface NoteObservation {
  readonly kind: 'note'
  readonly id: string
  readonly createdAt: string
  readonly author: Actor | null
  readonly title: string
  readonly text: string
  /** Records it is filed under. */
  readonly parents: readonly string[]
}
export interface TaskObservation {
  readonly kind: 'task'
  readonly id: string
  readonly createdAt: string
  readonly author: Actor | null
  readonly text: string
  readonly assignees: readonly Actor[]
  readonly done: boolean
  readonly completedAt: string | null
  readonly due: string | null
  readonly parents: readonly string[]
}
export interface EntryObservation {
  readonly kind: 'entry'
  readonly id: string
  readonly list: string
  readonly createdAt: string
  readonly author: Actor | null
  readonly values: Values
  readonly parents: readonly string[]
}
export interface ObjectObservation {
  readonly kind: 'object'
  readonly id: string
  readonly slug: string | null
  readonly singular: string | null
  readonly plural: string | null
  readonly attributes: readonly AttributeCard[]
}
export interface ListObservation {
  readonly kind: 'list'
  readonly id: string
  readonly slug: string | null
  readonly name: string | null
  readonly attributes: readonly AttributeCard[]
}
export interface MemberObservation {
  readonly kind: 'member'
  readonly id: string
  readonly name: string | null
  readonly email: string | null
}
export type Observation =
  | RecordObservation
  | NoteObservation
  | TaskObservation
  | EntryObservation
  | ObjectObservation
  | ListObservation
  | MemberObservation

/** `reason`: a sentence without customer text. */
export interface Rejection {
  readonly kind: 'rejected'
  readonly reason: string
}

export interface ObserveOptions {
  readonly onUnknownType?: OnUnknownType
}

const objectChange = z.object({ object: objectSchema, attributes: z.array(z.unknown()) })
const listChange = z.object({ list: listSchema, attributes: z.array(z.unknown()) })

/** Reads a change that has a payload (not `gone`). */
export function observe(change: Change, options: ObserveOptions = {}): Observation | Rejection {
  if (change.payload === null) return rejected(change, 'it has no payload and is not marked gone')
  let payload: unknown
  try {
    payload = JSON.parse(change.payload)
  } catch {
    return rejected(change, 'its payload is not JSON')
  }
  try {
    return read(change, payload, options)
  } catch (error) {
    if (error instanceof z.ZodError)
      return rejected(change, `its payload is not of the expected shape at ${paths(error)}`)
    throw error
  }
}

function read(change: Change, payload: unknown, { onUnknownType }: ObserveOptions): Observation | Rejection {
  switch (change.kind) {
    case 'record': {
      const record = recordSchema.parse(payload)
      const createdAt = toMilliseconds(record.created_at)
      if (createdAt === null) return rejected(change, 'created_at is no time')
      const { object_id: object, record_id: id } = record.id
      const values = readValues(record.values, onUnknownType)
      const webUrl = record.web_url ?? null
      return belongs(change, record.id.workspace_id, id, {
        kind: 'record',
        object,
        record: id,
        createdAt,
        webUrl,
        values,
        order: Object.keys(record.values),
      })
    }
    case 'note': {
      const note = noteSchema.parse(payload)
      const createdAt = toMilliseconds(note.created_at)
      if (createdAt === null) return rejected(change, 'created_at is no time')
      const id = note.id.note_id
      return belongs(change, note.id.workspace_id, id, {
        kind: 'note',
        id,
        createdAt,
        author: readActor(note.created_by_actor),
        title: note.title ?? '',
        text: note.content_plaintext ?? note.content_markdown ?? '',
        parents: [note.parent_record_id],
      })
    }
    case 'task': {
      const task = taskSchema.parse(payload)
      const createdAt = toMilliseconds(task.created_at)
      if (createdAt === null) return rejected(change, 'created_at is no time')
      const id = task.id.task_id
      const assignees = (task.assignees ?? []).map(
        (one): Actor => ({ type: one.referenced_actor_type, id: one.referenced_actor_id ?? null }),
      )
      return belongs(change, task.id.workspace_id, id, {
        kind: 'task',
        id,
        createdAt,
        author: readActor(task.created_by_actor),
        text: task.content_plaintext ?? '',
        assignees,
        done: task.is_completed ?? false,
        completedAt: time(task.completed_at),
        due: time(task.deadline_at),
        parents: [...new Set((task.linked_records ?? []).map((linked) => linked.target_record_id))],
      })
    }
    case 'entry': {
      const entry = entrySchema.parse(payload)
      const createdAt = toMilliseconds(entry.created_at)
      if (createdAt === null) return rejected(change, 'created_at is no time')
      const { entry_id: id, list_id: list } = entry.id
      const values = readValues(entry.entry_values ?? {}, onUnknownType)
      const author = values.created_by?.find((value) => value.kind === 'actor-reference')?.actor ?? null
      const parents = [entry.parent_record_id]
      return belongs(change, entry.id.workspace_id, id, { kind: 'entry', id, list, createdAt, author, values, parents })
    }
    case 'object': {
      const { object, attributes } = objectChange.parse(payload)
      const id = object.id.object_id
      return belongs(change, object.id.workspace_id, id, {
        kind: 'object',
        id,
        slug: object.api_slug ?? null,
        singular: object.singular_noun ?? null,
        plural: object.plural_noun ?? null,
        attributes: attributeCards(attributes),
      })
    }
    case 'list': {
      const { list, attributes } = listChange.parse(payload)
      const id = list.id.list_id
      const slug = list.api_slug ?? null
      const name = list.name ?? null
      return belongs(change, list.id.workspace_id, id, {
        kind: 'list',
        id,
        slug,
        name,
        attributes: attributeCards(attributes),
      })
    }
    case 'member': {
      const member = memberSchema.parse(payload)
      const id = member.id.workspace_member_id
      const full = [member.first_name, member.last_name].filter(
        (part) => part !== null && part !== undefined && part !== '',
      )
      const email = member.email_address ?? null
      const name = full.length === 0 ? email : full.join(' ')
      return belongs(change, member.id.workspace_id, id, { kind: 'member', id, name, email })
    }
    default:
      return rejected(change, `its kind is not known`)
  }
}

/** In Attio's order, archived ones left out; one unreadable attribute does not cost the others. */
function attributeCards(raw: readonly unknown[]): readonly AttributeCard[] {
  return raw.flatMap((one) => {
    const parsed = attributeSchema.safeParse(one)
    return parsed.success && parsed.data.is_archived !== true ? [toCard(parsed.data)] : []
  })
}

function toCard(attribute: AttributePayload): AttributeCard {
  return {
    slug: attribute.api_slug,
    title: attribute.title ?? attribute.api_slug,
    type: attribute.type,
    multiple: attribute.is_multiselect ?? false,
    currency: attribute.config?.currency?.default_currency_code ?? null,
  }
}

/** A payload of another workspace or thing under this key would overwrite what is right. */
function belongs(change: Change, workspace: string, id: string, observation: Observation): Observation | Rejection {
  if (workspace !== change.workspace_id) return rejected(change, 'its payload belongs to another workspace')
  if (id !== change.id) return rejected(change, 'its payload is of another thing')
  return observation
}

function time(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : toMilliseconds(text)
}

function rejected(change: Change, why: string): Rejection {
  return { kind: 'rejected', reason: `The change of ${change.kind} ${change.id} cannot be read: ${why}.` }
}

/** Where a payload failed: property names of Attio's envelope, no values. */
function paths(error: z.ZodError): string {
  return [...new Set(error.issues.map((issue) => issue.path.slice(0, 3).join('.') || 'the top'))].slice(0, 5).join(', ')
}
