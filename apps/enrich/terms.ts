/**
 * The index terms of enrich's tables: `#` + directory key for everything a record or a child shows by name (who has to be
 * emitted again after a rename), `@` + record + … for the attachments of a record in the order a document shows them.
 */
import type { Attachment, RecordState } from '@attio-stream/contracts'
import { type ChildContent, childReferences, type RecordContent, recordReferences } from '@attio-stream/crm'
import type { Table } from '@attio-stream/stream'

export function referenceTerms(state: RecordState): readonly string[] {
  if (state.body === null) return []
  const content = JSON.parse(state.body) as RecordContent
  return recordReferences(state.workspace_id, content).map((name) => `#${name}`)
}

export function attachmentTerms(attachment: Attachment): readonly string[] {
  const child = JSON.parse(attachment.body) as ChildContent
  const names = childReferences(attachment.workspace_id, child).map((name) => `#${name}`)
  return [placeTerm(attachment.record_id, child), ...names]
}

/** Attachments of a record in a document's order: memberships by id; notes and tasks newest first, ties by id. */
function placeTerm(record: string, child: ChildContent): string {
  if (child.kind === 'entry') return `${membershipPrefix(record)}${child.id}`
  const newestFirst = String(MAX_TIME - Date.parse(child.createdAt)).padStart(16, '0')
  return `${activityPrefix(record)}${newestFirst}/${child.id}/${child.kind}`
}
const MAX_TIME = 8_640_000_000_000_000

/** Of all attachments of a record. */
export const placePrefix = (record: string): string => `@${record}/`
const membershipPrefix = (record: string): string => `${placePrefix(record)}entry/`
const activityPrefix = (record: string): string => `${placePrefix(record)}activity/`

/** What kind of attachment stands at a place. */
export function placeKind(term: string): 'entry' | 'note' | 'task' {
  return term.endsWith('/note') ? 'note' : term.endsWith('/task') ? 'task' : 'entry'
}

/** Records and attachments of this partition that show the directory entry `name`, by key. */
export function referrers(
  name: string,
  tables: { readonly records: Table<'crm.records'>; readonly attachments: Table<'crm.attachments'> },
): ReadonlySet<string> {
  const found = new Set<string>()
  const term = `#${name}`
  for (const table of [tables.records, tables.attachments]) for (const key of table.withTerm(term)) found.add(key)
  return found
}

/** Of `record id` or `record id/kind/child id`. */
export function recordOf(key: string): string {
  const slash = key.indexOf('/')
  return slash < 0 ? key : key.slice(0, slash)
}
