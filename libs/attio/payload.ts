/**
 * The shapes of what Attio sends, as far as we rely on them: unknown fields pass, enumerations are text, what Attio lets be
 * absent may be. Attribute values are `unknown` here: reading them is values.ts. Source: Attio OpenAPI and docs.
 */
import { z } from 'zod'

const id = z.string().min(1)
const optionalText = z.string().nullish()

export const actorSchema = z.looseObject({ type: z.string().nullish(), id: optionalText })

export const recordSchema = z.looseObject({
  id: z.looseObject({ workspace_id: id, object_id: id, record_id: id }),
  created_at: z.string(),
  web_url: optionalText,
  values: z.record(z.string(), z.unknown()),
})

export const entrySchema = z.looseObject({
  id: z.looseObject({ workspace_id: id, list_id: id, entry_id: id }),
  parent_record_id: id,
  parent_object: optionalText,
  created_at: z.string(),
  entry_values: z.record(z.string(), z.unknown()).nullish(),
})

export const noteSchema = z.looseObject({
  id: z.looseObject({ workspace_id: id, note_id: id }),
  parent_object: optionalText,
  parent_record_id: id,
  title: optionalText,
  content_plaintext: optionalText,
  content_markdown: optionalText,
  created_by_actor: actorSchema.nullish(),
  created_at: z.string(),
})

export const taskSchema = z.looseObject({
  id: z.looseObject({ workspace_id: id, task_id: id }),
  content_plaintext: optionalText,
  deadline_at: optionalText,
  is_completed: z.boolean().nullish(),
  completed_at: optionalText,
  linked_records: z.array(z.looseObject({ target_object_id: optionalText, target_record_id: id })).nullish(),
  assignees: z.array(z.looseObject({ referenced_actor_type: z.string(), referenced_actor_id: optionalText })).nullish(),
  created_by_actor: actorSchema.nullish(),
  created_at: z.string(),
})

export const objectSchema = z.looseObject({
  id: z.looseObject({ workspace_id: id, object_id: id }),
  api_slug: optionalText,
  singular_noun: optionalText,
  plural_noun: optionalText,
})

export const listSchema = z.looseObject({
  id: z.looseObject({ workspace_id: id, list_id: id }),
  api_slug: optionalText,
  name: optionalText,
  parent_object: z.union([z.array(z.string()), z.string()]).nullish(),
})

export const attributeSchema = z.looseObject({
  id: z.looseObject({ attribute_id: id }),
  title: optionalText,
  api_slug: z.string(),
  type: z.string(),
  is_multiselect: z.boolean().nullish(),
  is_archived: z.boolean().nullish(),
  config: z.looseObject({ currency: z.looseObject({ default_currency_code: optionalText }).nullish() }).nullish(),
})

export const memberSchema = z.looseObject({
  id: z.looseObject({ workspace_id: id, workspace_member_id: id }),
  first_name: optionalText,
  last_name: optionalText,
  email_address: optionalText,
  access_level: optionalText,
})

/** GET /v2/self, not wrapped in `data`. A revoked token answers `{"active": false}` with status 200. */
export const selfSchema = z.union([
  z.looseObject({
    active: z.literal(true),
    scope: z.string(),
    workspace_id: id,
    workspace_name: optionalText,
    workspace_slug: optionalText,
    client_id: optionalText,
    authorized_by_workspace_member_id: optionalText,
  }),
  z.looseObject({ active: z.literal(false) }),
])
export type Self = z.infer<typeof selfSchema>

export const webhookSchema = z.looseObject({
  id: z.looseObject({ workspace_id: id, webhook_id: id }),
  target_url: z.string(),
  subscriptions: z.array(z.looseObject({ event_type: z.string(), filter: z.unknown() })),
  /** active | degraded | inactive */
  status: z.string(),
  /** Only in the answer to its creation. */
  secret: z.string().optional(),
})
export type Webhook = z.infer<typeof webhookSchema>

/** GET /v2/objects/{object}/records/{record}/entries: where a record is listed, without values. */
export const membershipSchema = z.looseObject({ list_id: id, entry_id: id })

export type RecordPayload = z.infer<typeof recordSchema>
export type EntryPayload = z.infer<typeof entrySchema>
export type NotePayload = z.infer<typeof noteSchema>
export type TaskPayload = z.infer<typeof taskSchema>
export type ObjectPayload = z.infer<typeof objectSchema>
export type ListPayload = z.infer<typeof listSchema>
export type AttributePayload = z.infer<typeof attributeSchema>
export type MemberPayload = z.infer<typeof memberSchema>
