/**
 * One record joined and compared with what was last emitted. Emits nothing when a reader would see no difference; a record
 * whose object the directory does not know yet waits (its document id depends on the object) and the object is asked for.
 */
import type { ArtifactState, Name, RecordState } from '@attio-stream/contracts'
import {
  childReferences,
  type JoinInput,
  join,
  type NameEntry,
  type NameKind,
  nameKey,
  type RecordContent,
  recordReferences,
} from '@attio-stream/crm'
import { contentHash, type Output, type Table } from '@attio-stream/stream'
import { askForName } from './ask.ts'
import { attachmentsOf } from './attachments.ts'

export interface JoinTables {
  readonly records: Table<'crm.records'>
  readonly attachments: Table<'crm.attachments'>
  readonly emitted: Table<'crm.artifacts'>
  readonly names: Table<'crm.names'>
}

export interface Asking {
  /** Objects and lists already asked for, so that an unknown one costs one notice. */
  readonly asked: Set<string>
  /** Told the key of what is about to be shown and refers to a dead record: the record, or an entry filed under it. */
  readonly outdated: (key: string) => void
}

export type Joining = typeof join

export function emit(
  record: string,
  tables: JoinTables,
  { asked, outdated }: Asking,
  now: number,
  joined: Joining = join,
): readonly Output[] {
  const held = tables.records.get(record)
  const emitted = tables.emitted.get(record)?.header
  if (held === undefined) return emitted === undefined || !tables.records.complete ? [] : [forget(record, emitted)]
  const state = held.value
  const workspace = state.workspace_id
  let dead = false
  const look = (kind: NameKind, id: string): NameEntry | undefined => {
    const entry = nameOf(tables.names, workspace, kind, id)
    if (kind === 'record' && entry?.deleted === true) dead = true
    return entry
  }
  const object = look('object', state.object_id)?.card
  const slug = object?.kind === 'object' ? object.slug : null
  if (state.deleted || state.body === null)
    return emitted === undefined || isOfDead(emitted) ? [] : [death(record, state, held.offset, slug)]
  if (object?.kind !== 'object') return askForName({ asked, workspace, kind: 'object', id: state.object_id, now })

  const shown = attachmentsOf(record, tables.attachments)
  const unknown = shown.children.flatMap((child) =>
    child.kind === 'entry' && look('list', child.list) === undefined
      ? askForName({ asked, workspace, kind: 'list', id: child.list, now })
      : [],
  )
  const content = JSON.parse(state.body) as RecordContent
  const body = JSON.stringify(joined({ workspace, content, object, ...shown, name: look }))
  if (dead) for (const key of referrersOfDead({ workspace, record, content, ...shown }, tables.names)) outdated(key)
  const hash = contentHash(body)
  const mark = markOf(hash, state, slug)
  if (mark === emitted) return unknown
  const value: ArtifactState = {
    workspace_id: workspace,
    object_id: state.object_id,
    object_slug: slug,
    hash,
    deleted: false,
    fence: state.fence,
    record_offset: held.offset,
    body,
  }
  const headers = { workspace, hash: mark, object: state.object_id, slug: slug ?? '' }
  return [...unknown, { topic: 'crm.artifacts', key: record, value, headers }]
}

/** Keys of the record and of its entries, those of them that refer to a dead record. */
function referrersOfDead(
  { workspace, record, content, children }: Pick<JoinInput, 'workspace' | 'content' | 'children'> & { record: string },
  names: JoinTables['names'],
): readonly string[] {
  const isDead = (key: string) => {
    const name = names.get(key)?.value
    return name !== undefined && isDeadRecord(name)
  }
  return [
    ...(recordReferences(workspace, content).some(isDead) ? [record] : []),
    ...children.flatMap((child) =>
      child.kind === 'entry' && childReferences(workspace, child).some(isDead) ? [`${record}/entry/${child.id}`] : [],
    ),
  ]
}

export const isDeadRecord = ({ kind, deleted }: Name): boolean => deleted && kind === 'record'

/** A directory entry with its card decoded; once per decoded value, because every record of an object asks for its card. */
function nameOf(names: Table<'crm.names'>, workspace: string, kind: NameKind, id: string): NameEntry | undefined {
  const value = names.get(nameKey(workspace, kind, id))?.value
  if (value === undefined) return undefined
  const known = decoded.get(value)
  if (known !== undefined) return known
  const entry = { name: value.name, deleted: value.deleted, card: value.card === null ? null : JSON.parse(value.card) }
  decoded.set(value, entry)
  return entry
}
const decoded = new WeakMap<Name, NameEntry>()

/** Stands for the content hash of a dead record. */
const DEAD = 'deleted'

/**
 * The `hash` header of an artifact: of its content, and what a store and a document id are found by, because it is all that is
 * left of a record when its state is forgotten.
 */
function markOf(hash: string, { workspace_id, object_id }: RecordState, slug: string | null): string {
  return `${hash} ${workspace_id} ${object_id} ${slug ?? ''}`
}
const isOfDead = (mark: string): boolean => mark.startsWith(`${DEAD} `)

function death(record: string, state: RecordState, offset: number, slug: string | null): Output {
  const value: ArtifactState = {
    workspace_id: state.workspace_id,
    object_id: state.object_id,
    object_slug: slug,
    hash: '',
    deleted: true,
    fence: state.fence,
    record_offset: offset,
    body: null,
  }
  const mark = markOf(DEAD, state, slug)
  const headers = { workspace: state.workspace_id, hash: mark, object: state.object_id, slug: slug ?? '', deleted: '1' }
  return { topic: 'crm.artifacts', key: record, value, headers }
}

function forget(record: string, mark: string): Output {
  const [, workspace = '', object = '', slug = ''] = mark.split(' ')
  return { topic: 'crm.artifacts', key: record, value: null, headers: { workspace, hash: mark, object, slug } }
}
