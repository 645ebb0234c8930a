/**
 * What is true in an emulated workspace, as Attio would write it, indexed for the oracle: records with their attributes,
 * what hangs on each, and who everybody is.
 */
import { truth } from '../emulators/attio/truth.ts'
import type { World } from '../emulators/attio/world/world.ts'

export type Raw = Readonly<Record<string, unknown>>
export interface WireAttribute {
  readonly api_slug: string
  readonly title: string
  readonly type: string
  readonly is_archived: boolean
  readonly is_system_attribute: boolean
}
export interface WireObject {
  readonly id: { readonly object_id: string }
  readonly api_slug: string
  readonly singular_noun: string
  readonly enabled: boolean
}
export interface WireRecord {
  readonly id: { readonly record_id: string }
  readonly created_at: string
  readonly web_url: string
  readonly values: Readonly<Record<string, readonly Raw[]>>
}
export interface WireNote {
  readonly id: { readonly note_id: string }
  readonly parent_record_id: string
  readonly title: string
  readonly content_plaintext: string
  readonly created_by_actor: Raw
  readonly created_at: string
}
export interface WireTask {
  readonly id: { readonly task_id: string }
  readonly content_plaintext: string
  readonly deadline_at: string | null
  readonly is_completed: boolean
  readonly completed_at: string | null
  readonly linked_records: readonly { readonly target_record_id: string }[]
  readonly assignees: readonly Raw[]
  readonly created_by_actor: Raw
  readonly created_at: string
}
export interface WireEntry {
  readonly id: { readonly entry_id: string }
  readonly parent_record_id: string
  readonly created_at: string
  readonly entry_values: Readonly<Record<string, readonly Raw[]>>
}

export interface Placed {
  readonly object: WireObject
  readonly attributes: readonly WireAttribute[]
  readonly record: WireRecord
}
export interface PlacedEntry {
  readonly list: string
  readonly attributes: readonly WireAttribute[]
  readonly entry: WireEntry
}
export interface Truth {
  readonly records: ReadonlyMap<string, Placed>
  readonly notes: ReadonlyMap<string, readonly WireNote[]>
  readonly tasks: ReadonlyMap<string, readonly WireTask[]>
  readonly entries: ReadonlyMap<string, readonly PlacedEntry[]>
  /** Full names by member id. */
  readonly members: ReadonlyMap<string, string>
}

/** Of the workspace (id or slug); of the first one when none is named. */
export function truthOf(world: World, workspace?: string): Truth {
  const all = <T>(kind: string, holder?: string): readonly T[] =>
    truth(world, { kind, workspace, ...(holder === undefined ? {} : { in: holder }) }) as readonly T[]
  const attributesOf = (holder: string) => all<WireAttribute>('attributes', holder).filter((one) => !one.is_archived)
  const records = new Map<string, Placed>()
  for (const object of all<WireObject>('objects')) {
    if (!object.enabled) continue
    const attributes = attributesOf(object.id.object_id)
    for (const record of all<WireRecord>('records', object.id.object_id))
      records.set(record.id.record_id, { object, attributes, record })
  }
  const entries = new Map<string, PlacedEntry[]>()
  for (const list of all<{ readonly id: { readonly list_id: string }; readonly name: string }>('lists')) {
    const attributes = attributesOf(list.id.list_id)
    for (const entry of all<WireEntry>('entries', list.id.list_id))
      push(entries, entry.parent_record_id, { list: list.name, attributes, entry })
  }
  const notes = new Map<string, WireNote[]>()
  for (const note of all<WireNote>('notes')) push(notes, note.parent_record_id, note)
  const tasks = new Map<string, WireTask[]>()
  for (const task of all<WireTask>('tasks'))
    for (const { target_record_id } of task.linked_records) push(tasks, target_record_id, task)
  const members = new Map(
    all<{ readonly id: { readonly workspace_member_id: string }; first_name: string; last_name: string }>(
      'members',
    ).map(({ id, first_name, last_name }) => [id.workspace_member_id, `${first_name} ${last_name}`]),
  )
  return { records, notes, tasks, entries, members }
}

function push<T>(into: Map<string, T[]>, key: string, value: T): void {
  const held = into.get(key)
  if (held === undefined) into.set(key, [value])
  else held.push(value)
}
