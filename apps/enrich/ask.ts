/**
 * The one edge that runs back: notices of enrich's own (source `referrer`) for what should be read again. A record or list
 * entry that refers to a dead record is re-read, because its references may have changed without any event (R5); an object
 * or list the directory does not know is asked for, because Attio sends no event for a new object.
 */
import type { Notice } from '@attio-stream/contracts'
import { type ChildContent, nameKey } from '@attio-stream/crm'
import type { Output } from '@attio-stream/stream'
import type { JoinTables } from './emit.ts'

/** Notices for at most `max` of what waits in `reread`, keys of records and attachments; they are taken out of it. */
export function askReferrers(reread: Set<string>, max: number, tables: JoinTables, now: number): readonly Output[] {
  const outputs: Output[] = []
  for (const key of reread) {
    if (outputs.length >= max) break
    reread.delete(key)
    outputs.push(...askForRecord(key, tables, now), ...askForEntry(key, tables, now))
  }
  return outputs
}

function askForRecord(record: string, tables: JoinTables, now: number): readonly Output[] {
  const state = tables.records.get(record)?.value
  if (state === undefined || state.deleted) return []
  return [notice({ workspace: state.workspace_id, kind: 'record', id: record, object: state.object_id, now })]
}

function askForEntry(attachment: string, tables: JoinTables, now: number): readonly Output[] {
  const held = tables.attachments.get(attachment)?.value
  if (held === undefined) return []
  const child = JSON.parse(held.body) as ChildContent
  if (child.kind !== 'entry') return []
  return [notice({ workspace: held.workspace_id, kind: 'entry', id: child.id, list: child.list, now })]
}

/** A notice for an object or list that is shown but not in the directory; once per task. */
export function askForName(options: {
  readonly asked: Set<string>
  readonly workspace: string
  readonly kind: 'object' | 'list'
  readonly id: string
  readonly now: number
}): readonly Output[] {
  const { asked, workspace, kind, id, now } = options
  const key = nameKey(workspace, kind, id)
  if (asked.has(key)) return []
  asked.add(key)
  return [notice({ workspace, kind, id, ...(kind === 'list' ? { list: id } : {}), now })]
}

function notice(about: {
  readonly workspace: string
  readonly kind: 'record' | 'entry' | 'object' | 'list'
  readonly id: string
  readonly object?: string
  readonly list?: string
  readonly now: number
}): Output {
  const value: Notice = {
    workspace_id: about.workspace,
    source: 'referrer',
    event_type: 'reread',
    kind: about.kind,
    id: about.id,
    object_id: about.object ?? null,
    list_id: about.list ?? null,
    parent_record_id: null,
    parent_object_id: null,
    related_id: null,
    nominates: false,
    actor_type: null,
    actor_id: null,
    delivery_key: null,
    received_at: about.now,
  }
  return { topic: 'attio.notices', key: about.id, value, headers: { workspace: about.workspace } }
}
