/** For tests: the stage on the driver, and changes as ingestion writes them, with Attio-shaped payloads. */
import type { Change } from '@attio-stream/contracts'
import { drive, type Output } from '@attio-stream/stream'
import { type CompactOptions, compactStage } from './stage.ts'

export const WORKSPACE = 'w1'
type Json = Readonly<Record<string, unknown>>

export function change(kind: string, id: string, fence: number, payload: Json | string | null): Change {
  const text = payload === null || typeof payload === 'string' ? payload : JSON.stringify(payload)
  const gone = payload === null
  return {
    workspace_id: WORKSPACE,
    kind,
    id,
    object_id: null,
    list_id: null,
    fence,
    source: 'webhook',
    gone,
    payload: text,
  }
}

const envelope = {
  active_from: '2026-01-29T08:22:24.889000000Z',
  active_until: null,
  created_by_actor: { type: 'system', id: null },
}
const createdAt = '2026-09-02T10:00:00.123000000Z'

export const value = (attribute_type: string, more: Json): Json => ({ ...envelope, attribute_type, ...more })
export const text = (value_: string): readonly Json[] => [value('text', { value: value_ })]

export function company(id: string, fence: number, values: Json = {}): Change {
  return change('record', id, fence, {
    id: { workspace_id: WORKSPACE, object_id: 'companies-id', record_id: id },
    created_at: createdAt,
    web_url: `https://app.attio.com/acme/company/${id}`,
    values: { name: [], domains: [], ...values },
  })
}

export function note(id: string, fence: number, parent: string, title = 'Call', content = 'Text'): Change {
  return change('note', id, fence, {
    id: { workspace_id: WORKSPACE, note_id: id },
    parent_object: 'companies',
    parent_record_id: parent,
    title,
    content_plaintext: content,
    content_markdown: content,
    created_by_actor: { type: 'workspace-member', id: 'm1' },
    created_at: createdAt,
  })
}

export function task(id: string, fence: number, parents: readonly string[], content = 'Do it'): Change {
  return change('task', id, fence, {
    id: { workspace_id: WORKSPACE, task_id: id },
    content_plaintext: content,
    deadline_at: null,
    is_completed: false,
    linked_records: parents.map((record) => ({ target_object_id: 'companies', target_record_id: record })),
    assignees: [],
    created_by_actor: { type: 'workspace-member', id: 'm1' },
    created_at: createdAt,
  })
}

export function entry(id: string, fence: number, list: string, parent: string, values: Json = {}): Change {
  return change('entry', id, fence, {
    id: { workspace_id: WORKSPACE, list_id: list, entry_id: id },
    parent_record_id: parent,
    parent_object: 'companies',
    created_at: createdAt,
    entry_values: values,
  })
}

export function member(id: string, fence: number, first: string): Change {
  const more = { email_address: `${first}@acme.example`, access_level: 'admin', created_at: createdAt }
  const name = { first_name: first, last_name: 'Lee' }
  return change('member', id, fence, { id: { workspace_id: WORKSPACE, workspace_member_id: id }, ...name, ...more })
}

export function object(
  id: string,
  fence: number,
  attributes: readonly (readonly [slug: string, title: string])[],
): Change {
  return change('object', id, fence, {
    object: {
      id: { workspace_id: WORKSPACE, object_id: id },
      api_slug: 'companies',
      singular_noun: 'Company',
      plural_noun: 'Companies',
    },
    attributes: attributes.map(([api_slug, title]) => ({
      id: { attribute_id: `a-${api_slug}` },
      api_slug,
      title,
      type: 'text',
      is_multiselect: false,
      is_archived: false,
      config: { currency: { default_currency_code: null } },
    })),
  })
}

export const gone = (kind: string, id: string, fence: number): Change => change(kind, id, fence, null)

export function compact(options: CompactOptions = {}) {
  const driver = drive(compactStage(options))
  return {
    driver,
    /** What a change writes to topics, as `topic key`, tombstones with a minus. */
    send(change: Change): readonly string[] {
      return driver.send('attio.changes', change.id, change).map(spelled)
    },
    forget: (key: string) => driver.send('attio.changes', key, null).map(spelled),
    advance: (ms: number) => driver.advance(ms).map(spelled),
  }
}
export const spelled = ({ topic, key, value, headers }: Output): string =>
  `${value === null ? '-' : headers?.deleted === '1' ? 'x' : ''}${topic} ${key}`
